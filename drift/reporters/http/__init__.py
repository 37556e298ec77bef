"""What the reporters share to talk HTTP: connection pools, deadlines."""
