"""Plants, work centers and machines: made and changed by people."""
