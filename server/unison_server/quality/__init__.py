"""Characteristics of products and what was measured of them."""
