"""What is published: the wheel and the sdist, their requirements, and their neighbours."""
