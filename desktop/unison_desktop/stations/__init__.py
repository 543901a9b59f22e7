"""PCs on the shop floor: agents, their devices and their health."""
