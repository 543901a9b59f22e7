"""The page of the practice organization."""
