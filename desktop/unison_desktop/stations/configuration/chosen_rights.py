"""What stands against the commands of a page of stations, with what is chosen there."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from unison_domain.sites.contracts import PlantAnswer

from unison_desktop.frame.plant_rights import against, against_any
from unison_desktop.identity.session import Session
from unison_desktop.stations.configuration.holding import Holding


class ChosenRights:
    """Asked as often as something else is chosen.

    Args:
        chosen: the plant of what is chosen; None where nothing is, or its plant is not known.
    """

    def __init__(self, session: Session, holding: Holding, chosen: Callable[[], PlantAnswer | None]) -> None:
        self._session, self._holding, self._chosen = session, holding, chosen

    def here(self, right: str, *, ends: bool = False) -> Callable[[], str]:
        """Why what takes the right can't be done with what is chosen; where nothing is, in any plant."""
        return partial(self._against, right, ends)

    def anywhere(self, right: str) -> Callable[[], str]:
        """Why what takes the right can be done in no plant."""
        return partial(self._against_any, right)

    def _against(self, right: str, ends: bool) -> str:
        plant = self._chosen()
        return self._against_any(right) if plant is None else against(self._session, right, plant, ends=ends)

    def _against_any(self, right: str) -> str:
        return against_any(self._session, right, self._holding.plants)
