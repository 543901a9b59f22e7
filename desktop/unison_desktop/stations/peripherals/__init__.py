"""Scanners, gauges and cameras of stations, to be set up and changed."""
