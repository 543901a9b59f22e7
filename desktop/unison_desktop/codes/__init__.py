"""Scanned codes: what was scanned, and what a code is."""
