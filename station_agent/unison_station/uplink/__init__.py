"""The line to the server: enrolment, configuration, events in order, heartbeats.

identity = enrol(folder, "https://unison.example", code, version=version)      # once
with Uplink(store, folder, load_identity(folder), version=…, live=…, running=…, on_configuration=…) as uplink:
    …                                                                          # uplink.link says how it fares
"""

from unison_station.uplink.enrolment import EnrolmentFailed, enrol
from unison_station.uplink.identity import Identity, NotEnrolled, load_identity, save_identity
from unison_station.uplink.standing import Link, LinkState
from unison_station.uplink.uplink import CONFIGURATION_FILE, Uplink

__all__ = [
    "CONFIGURATION_FILE",
    "EnrolmentFailed",
    "Identity",
    "Link",
    "LinkState",
    "NotEnrolled",
    "Uplink",
    "enrol",
    "load_identity",
    "save_identity",
]
