"""Tests of the history of refused values."""
