"""The live side: an address in, a `Schema` out; answers about expressions that differ as text."""
