"""Scanned codes."""
