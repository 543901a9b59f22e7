"""What the room answers agents about their own machines, for the operator page."""

from __future__ import annotations

from unison_server.machines.call_api import own_router as own_calls_router
from unison_server.machines.downtime.told_causes import own_router as own_causes_router
from unison_server.machines.told_day_counts import own_router as own_day_counts_router
from unison_server.machines.told_states import own_router as own_states_router

MACHINES_TOLD = (own_calls_router, own_causes_router, own_day_counts_router, own_states_router)
