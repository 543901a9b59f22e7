"""Sites: the plants of an organization."""
