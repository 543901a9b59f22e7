"""People, what they may do and where, where they are signed in."""
