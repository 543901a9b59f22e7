"""What the person likes: clocks, colours, and how they are told of things."""
