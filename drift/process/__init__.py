"""The process: signals, the child that imports models, what the models changed in it.

A function that runs a command goes in; an exit code comes out, whatever imported code does.
"""
