"""Badges by which people are known at stations."""
