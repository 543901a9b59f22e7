"""What somebody may do in which plant: by their permission there, and by how far they reach into it."""

from typing import Any
from uuid import UUID

import pytest
from unison_desktop.frame.plant_rights import against, against_any, open_to
from unison_desktop.identity.session import Session
from unison_domain.identity.contracts import HeldInPlace, PlantRight

from tests.desktop import samples
from tests.desktop.machines.samples import plant

RIGHT, DEPARTMENT = "machines.machine.update", "sites.department.update"
KIEL, LYON = (
    plant(UUID(int=number), "Europe/Berlin").model_copy(update={"code": code, "name": code.title()})
    for number, code in ((900, "KIEL"), (901, "LYON"))
)
PRESS = UUID(int=950)


def reach(place: Any, *, write: bool = True, delete: bool = True) -> PlantRight:
    return PlantRight(plant_id=place.id, can_read=True, can_write=write, can_delete=delete)


def known(session: Session, **changes: Any) -> Session:
    session.me = samples.me(**{"permissions": [RIGHT, DEPARTMENT], "all_plants": False, **changes})
    return session


def test_a_role_for_one_plant_allows_nothing_in_another(session: Session) -> None:
    placed = [HeldInPlace(plant_id=KIEL.id, permissions=[RIGHT])]
    known(session, plants=[reach(KIEL), reach(LYON)], placed=placed)
    assert against(session, RIGHT, KIEL) == ""
    assert against(session, RIGHT, LYON) == (
        "You may not do this here: the right “change machines” (machines.machine.update) is yours for other places, "
        "not for LYON (Lyon)."
    )
    assert open_to(session, RIGHT, [KIEL, LYON]) == [KIEL]
    assert against_any(session, RIGHT, [LYON, KIEL]) == ""
    assert "LYON" in against_any(session, RIGHT, [LYON])
    assert against(session, DEPARTMENT, LYON) == "", "that is held everywhere"


@pytest.mark.parametrize(("department", "may"), [(PRESS, True), (None, False), (UUID(int=951), False)])
def test_a_role_for_a_department_counts_for_it_alone(session: Session, department: UUID | None, may: bool) -> None:
    placed = [HeldInPlace(plant_id=KIEL.id, department_id=PRESS, permissions=[DEPARTMENT])]
    known(session, plants=[reach(KIEL)], placed=placed)
    assert (against(session, DEPARTMENT, KIEL, department) == "") is may


def test_who_only_reads_or_only_changes_is_told_so(session: Session) -> None:
    known(session, plants=[reach(KIEL, write=False), reach(LYON, delete=False)])
    assert against(session, RIGHT, KIEL) == "Plant KIEL (Kiel) is not assigned to you for changes."
    assert against(session, RIGHT, LYON) == ""
    assert "not for taking out of use" in against(session, RIGHT, LYON, ends=True)
    assert "machines.machine.create" in against(session, "machines.machine.create", LYON)


def test_who_may_everywhere_needs_no_plant(session: Session) -> None:
    known(session, all_plants=True, plants=[])
    assert against(session, RIGHT, LYON, ends=True) == ""
    assert session.sees_plants


@pytest.mark.parametrize(
    ("changes", "sees"),
    [
        ({"plants": []}, False),
        ({"plants": [reach(KIEL, write=False)]}, True),
        ({"plants": [], "reads_all_plants": True}, True),
    ],
)
def test_an_auditor_sees_plants_too(session: Session, changes: dict[str, Any], sees: bool) -> None:
    assert known(session, **changes).sees_plants is sees
