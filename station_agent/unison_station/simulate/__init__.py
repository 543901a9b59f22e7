"""A simulated shop: Modbus/TCP machines of two makers, driven by a scenario, with a ledger of what truly happened.

`scenario` is what is asked for, `timeline` turns it into happenings (pure), `machine` and `makers` into registers,
`slave` and `endpoint` answer Modbus requests and play faults, `ledger` notes the truth, `shop` runs it all.
"""

from unison_station.simulate.command import add_arguments, run

__all__ = ["add_arguments", "run"]
