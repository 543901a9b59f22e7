"""The central server of Unison."""
