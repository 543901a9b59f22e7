"""A simulated shop: Modbus machines of two makers, driven by a scenario, with a ledger of what truly happened.

`scenario` is what is asked for, `timeline` turns it into happenings (pure), `machine` and `makers` into registers,
`slave` answers Modbus requests and plays faults, `endpoint` and `serial_bus` carry them. `instruments` are a scanner,
a caliper and a scale on a `cable`, `camera_pictures` what a camera sees of its `camera_scene`; `instrument_posts` uses
them as `instrument_plans` of the scenario say. `ledger` notes the truth, `shop` runs it all.
"""

from unison_station.simulate.command import add_arguments, run

__all__ = ["add_arguments", "run"]
