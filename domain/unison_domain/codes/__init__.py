"""Codes: what is scanned, and what the scanned text says."""
