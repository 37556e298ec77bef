"""The pages of the guide say what is true."""
