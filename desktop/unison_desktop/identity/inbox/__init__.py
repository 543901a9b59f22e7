"""What the person was told, and where it leads."""
