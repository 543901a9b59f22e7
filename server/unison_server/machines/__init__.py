"""Work centers and machines: states, counts, samples."""
