"""Machines: work centers and machines, their states, counts and samples."""
