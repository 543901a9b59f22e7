"""What every room's contracts are made of: base models, value types, pages, problems and the event envelope."""
