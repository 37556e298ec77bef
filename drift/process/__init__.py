"""The process: signals, the child that imports models, the changes that models make to it.

A function that runs a command goes in; an exit code comes out, regardless of imported code.
"""
