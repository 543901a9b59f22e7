"""Keys of programs that act in a person's place."""
