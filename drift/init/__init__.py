"""`drift init`: a configuration and a nightly workflow for the project it is run in."""
