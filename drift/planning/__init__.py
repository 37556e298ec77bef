"""What `drift plan` does: plans, proofs, revisions, and changes of the models."""
