"""Commands of a clone: demo, test, bench, lock. Never packaged."""
