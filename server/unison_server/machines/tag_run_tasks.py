"""Runs over all that was stored of a tag, as background work of the server."""

from __future__ import annotations

from unison_server.machines.correction_runs import CORRECTING
from unison_server.machines.recompute_runs import RECOMPUTING

TAG_RUNS = (CORRECTING, RECOMPUTING)
