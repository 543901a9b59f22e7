"""The history of what scanners, gauges and cameras were refused."""
