"""`drift init`: a project's folder in; a configuration and GitHub workflows for it out."""
