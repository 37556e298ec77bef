"""SQL expressions as text: tokens, one spelling, and what a server may be asked about them.

Pure: `sources.expressions` asks the server.
"""
