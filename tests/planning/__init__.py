"""What drift plan does, through the command."""
