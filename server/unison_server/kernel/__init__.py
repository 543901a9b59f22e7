"""What every room of the server stands on. Knows no room."""
