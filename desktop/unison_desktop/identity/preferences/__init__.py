"""What the person likes: clocks, units, colours, and how they are told of things."""
