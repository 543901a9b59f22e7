"""Store and forward: one SQLite file that loses nothing and doubles nothing.

    with Store.open(folder) as store:
        store.commit([event, …], {"machine:…": b"…"})     # one transaction, durable when it returns
        states = store.load_state()

`GroupCommit` gathers samples into fewer commits. The uplink reads `store.outgoing`.
"""

from unison_station.store.dead_letters import DeadLetter
from unison_station.store.errors import (
    StoreDamaged,
    StoreError,
    StoreFull,
    StoreInUse,
    StoreTooNew,
    StoreUnavailable,
)
from unison_station.store.group_commit import GroupCommit
from unison_station.store.limits import Limits
from unison_station.store.store import Opening, Store

__all__ = [
    "DeadLetter",
    "GroupCommit",
    "Limits",
    "Opening",
    "Store",
    "StoreDamaged",
    "StoreError",
    "StoreFull",
    "StoreInUse",
    "StoreTooNew",
    "StoreUnavailable",
]
