"""Quality: what readings say of a process."""
