"""What a station has beside machines: scanners, gauges and cameras, as they are started, read and stopped."""
