"""The work of `drift plan`: plans, proofs, revisions, and changes of the models."""
