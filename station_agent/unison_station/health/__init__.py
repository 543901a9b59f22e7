"""What the agent tells of itself on loopback: a page for people, JSON for scripts, metrics for Prometheus."""
