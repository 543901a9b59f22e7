"""Stations: agents, their devices and tags, and the protocol between agent and server."""
