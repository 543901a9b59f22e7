"""The page of organizations."""
