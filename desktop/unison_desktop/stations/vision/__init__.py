"""Measuring by camera is set up: a picture, tools laid upon it, what they find, and the calibration."""
