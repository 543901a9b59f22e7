"""What the agent can be asked to do from afar; `uplink.commands` fetches and answers."""
