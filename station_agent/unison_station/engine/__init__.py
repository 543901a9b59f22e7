"""From what devices showed to events that are safe on disk, and the agent that does this for ever."""
