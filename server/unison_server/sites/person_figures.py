"""Figures about single persons: lists that are narrowed to one, or summed by who it was, are for few.

Each row says who it was, so that what happened can be traced; what somebody did all day is another question.
"""

from __future__ import annotations

from unison_server.identity.roles import EVALUATE
from unison_server.kernel.access import requires
from unison_server.kernel.database import TenantSession
from unison_server.kernel.errors import NotAllowed
from unison_server.kernel.route import demand_too

_DECLARED = requires(EVALUATE)
"""Asked for where a list is narrowed to a person; named here, so that roles can grant it."""


def demand_person_figures(session: TenantSession) -> None:
    """Whether the actor may ask what a single person did.

    Raises:
        NotAllowed: they lack the right, or nobody may: the organization did not allow it.
    """
    demand_too(session, EVALUATE)
    if not session.scope.person_figures:
        words = (
            "What single persons did is not asked for in this organization; an administrator may allow it (Settings)"
        )
        raise NotAllowed(words, code="person_figures_off", permission=EVALUATE)
