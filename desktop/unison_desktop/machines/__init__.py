"""Machines as planners see them: the board for the wall, and one machine's day."""
