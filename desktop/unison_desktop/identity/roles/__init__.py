"""Roles of the organization's own, beside those of the system."""
