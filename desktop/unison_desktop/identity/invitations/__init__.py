"""People who were invited and choose name and password themselves."""
