"""Downtime: stops derived from states, the causes people give them, and the reasons they choose from."""
