"""HTTPS of the installation: its authority, its certificate, and how agents and desktops come to trust them."""
