"""The command line: options in, an exit code out; one file per command."""
