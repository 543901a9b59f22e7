"""Why machines stood: the queue of stops without a reason, all stops, the tree of reasons, and where the time went."""
