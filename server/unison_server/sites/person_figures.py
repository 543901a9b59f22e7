"""Figures about single persons: lists that are narrowed to one, or summed by who it was, are for few.

Each row says who it was, so that what happened can be traced; what somebody did all day is another question.
"""

from __future__ import annotations

from unison_server.kernel.access import requires
from unison_server.kernel.database import TenantSession
from unison_server.kernel.route import demand_too

RIGHT = "sites.person.evaluate"
"""No right to read, so that nobody has it who may read all."""
_DECLARED = requires(RIGHT)
"""Asked for where a list is narrowed to a person; named here, so that roles can grant it."""


def demand_person_figures(session: TenantSession) -> None:
    """Whether the actor may ask what a single person did. Raises NotAllowed."""
    demand_too(session, RIGHT)
