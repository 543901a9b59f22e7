"""From what devices showed to events that are safe on disk."""
