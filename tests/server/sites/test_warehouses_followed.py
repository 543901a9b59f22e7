"""One event that can't be followed stops nobody's rights for ever."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from unison_domain.identity.contracts import RoleCode
from unison_server.kernel.database import TenantSession
from unison_server.sites import warehouse_rights

from tests.server.factories import Made
from tests.server.serving import SignedIn, sign_in
from tests.server.sites.test_warehouse_rights import until_rights
from tests.server.sites.test_warehouses import warehouse


def test_what_comes_after_it_is_followed(admin: SignedIn, made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    plant = made.add_plant("HERE")
    made.add_user("max", roles=[RoleCode.PLANT_MANAGER], writes=[plant])
    max_ = sign_in(admin.client, made, "max")
    marked: list[UUID] = []

    def fails_first(session: TenantSession, warehouse_id: UUID, **given: Any) -> None:
        if session.organization_id == made.id and not marked:
            marked.append(warehouse_id)
        if warehouse_id in marked:
            raise ValueError("a fault in this one")
        original(session, warehouse_id, **given)

    original = warehouse_rights.mark
    monkeypatch.setattr(warehouse_rights, "mark", fails_first)
    first, second = warehouse(max_, plant, "A"), warehouse(max_, plant, "B")
    until_rights(max_, lambda rights: second in rights)
    assert marked == [UUID(first)]
