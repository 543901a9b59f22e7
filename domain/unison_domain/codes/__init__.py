"""Codes: what a scanned text says."""
