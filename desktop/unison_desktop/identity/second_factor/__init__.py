"""One's own second factor: setting it up, its recovery codes, and removing it."""
