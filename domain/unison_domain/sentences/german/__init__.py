"""All sentences there are in German, by the English one; `{0}` is its first value."""

from __future__ import annotations

from collections.abc import Mapping

from unison_domain.sentences.german.buffer import BUFFER
from unison_domain.sentences.german.cameras import CAMERAS
from unison_domain.sentences.german.code_parts import CODE_PARTS
from unison_domain.sentences.german.codes import CODES
from unison_domain.sentences.german.columns import COLUMNS
from unison_domain.sentences.german.contracts import CONTRACTS
from unison_domain.sentences.german.devices import DEVICES
from unison_domain.sentences.german.downtime import DOWNTIME
from unison_domain.sentences.german.fields import FIELDS as OTHER_FIELDS
from unison_domain.sentences.german.files import FILES
from unison_domain.sentences.german.gauges import GAUGES
from unison_domain.sentences.german.gs1 import GS1
from unison_domain.sentences.german.identity import IDENTITY
from unison_domain.sentences.german.machines import MACHINES
from unison_domain.sentences.german.made import MADE
from unison_domain.sentences.german.ports import PORTS
from unison_domain.sentences.german.quality import QUALITY
from unison_domain.sentences.german.scanners import SCANNERS
from unison_domain.sentences.german.server import SERVER
from unison_domain.sentences.german.signing_in import SIGNING_IN
from unison_domain.sentences.german.sites import SITES
from unison_domain.sentences.german.stations import STATIONS
from unison_domain.sentences.german.store import STORE
from unison_domain.sentences.german.tables import TABLES
from unison_domain.sentences.german.uplink import UPLINK
from unison_domain.sentences.german.values import VALUES
from unison_domain.sentences.german.vision import VISION

__all__ = ["CODE_PARTS", "FIELDS", "GERMAN", "MADE", "TABLES"]

FIELDS: Mapping[str, str] = {**COLUMNS, **OTHER_FIELDS}

GERMAN: Mapping[str, str] = {
    **BUFFER,
    **CAMERAS,
    **CODES,
    **CONTRACTS,
    **DEVICES,
    **DOWNTIME,
    **FILES,
    **GAUGES,
    **GS1,
    **IDENTITY,
    **MACHINES,
    **PORTS,
    **QUALITY,
    **SCANNERS,
    **SERVER,
    **SIGNING_IN,
    **SITES,
    **STATIONS,
    **STORE,
    **UPLINK,
    **VALUES,
    **VISION,
}
