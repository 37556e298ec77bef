"""SQL expressions as text: those of models and database in; texts to compare out.

`tokens` are read by `spelling` (with `operands`), which levels spellings of the same meaning, and
by `builtin_only`, which leaves the parts that a server may plan; `questions` makes the statement
that the server is asked, and reads its answer with `call_syntax`. Pure:
`sources.database.expression_answers` asks.
"""
