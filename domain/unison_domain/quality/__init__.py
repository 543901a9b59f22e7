"""Quality: characteristics, their readings, and what the readings say of a process."""
