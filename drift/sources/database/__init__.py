"""The live side: an address in, a `Schema` out; answers about expressions that differ as text.

In the order of a check: `connection` (with `retry` and `server_errors`); `scope`, `catalog` and
`reflection`, which read the schema in one statement; `expression_answers`, which asks for the
meaning of expressions; `concurrent_changes`, which finds the changes of other sessions meanwhile.
"""
