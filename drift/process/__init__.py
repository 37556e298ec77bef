"""The process: signals, the child that imports models, the undoing of what the models changed."""
