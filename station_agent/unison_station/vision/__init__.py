"""Measuring by camera: a calibrated plane and tools that are laid upon a picture."""
