"""A far value that is typed at the desktop takes the right that takes badge and PIN at a station."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from unison_domain.identity.contracts import RoleCode
from unison_domain.identity.overrides import OverrideKind

from tests.server.factories import Made
from tests.server.quality.gauging import characteristic, measured
from tests.server.quality.test_judged_limits import change
from tests.server.serving import SignedIn, sign_in
from tests.server.stations.confirming import demand_nothing
from tests.server.stations.floor import Floor

FAR = OverrideKind.FAR_VALUE


@pytest.fixture
def bore(floor: Floor) -> UUID:
    """Between 4.00 and 4.20 mm."""
    return characteristic(floor, lsl="4.00", usl="4.20", resolution="0.01")


@pytest.fixture
def typed_by(floor: Floor, bore: UUID, made: Made, client: httpx.Client) -> Any:
    """Types a value of the bore, in a role."""

    def typed(role: RoleCode, value: str, **fields: Any) -> httpx.Response:
        name = f"{role}-{uuid4().hex[:8]}"
        made.add_user(name, roles=[role], writes=[floor.plant_id])
        who: SignedIn = sign_in(client, made, name)
        body = {"characteristic_id": str(bore), "measured_value": value, "measurement_unit": "mm", **fields}
        return who.post("/inspection-measurements", body, headers={"Idempotency-Key": str(uuid4())})

    return typed


def test_who_lacks_the_right_is_refused_with_its_name_and_types_all_that_is_near(floor: Floor, typed_by: Any) -> None:
    refused = typed_by(RoleCode.OPERATOR, "42.00").json()
    assert (refused["status"], refused["code"], refused["parameters"]) == (403, "far_value", {"permission": FAR.right})
    assert "42.00 mm is far from the limits of" in refused["detail"]
    assert measured(floor) == []
    assert typed_by(RoleCode.OPERATOR, "4.90").status_code == 201, "a bad part is no slip"
    assert [one["measured_value"] for one in measured(floor)] == ["4.90"]


@pytest.mark.parametrize("role", [RoleCode.SETTER, RoleCode.QUALITY_INSPECTOR, RoleCode.ADMIN])
def test_who_has_the_right_stands_behind_it_themselves(typed_by: Any, role: RoleCode) -> None:
    assert typed_by(role, "42.00").status_code == 201


def test_where_nothing_is_demanded_anybody_who_measures_types_it(floor: Floor, typed_by: Any) -> None:
    demand_nothing(floor, FAR)
    assert typed_by(RoleCode.OPERATOR, "42.00").status_code == 201


def test_what_is_typed_later_is_far_by_the_limits_of_when_it_was_measured(
    floor: Floor, bore: UUID, typed_by: Any
) -> None:
    then = datetime.now(UTC).isoformat()
    change(floor, bore, 1, lsl="39.00", usl="45.00")
    assert typed_by(RoleCode.OPERATOR, "42.00", measured_at=then).json()["code"] == "far_value"
    assert typed_by(RoleCode.OPERATOR, "4.90", measured_at=then).status_code == 201
    assert typed_by(RoleCode.OPERATOR, "42.00").status_code == 201
    assert typed_by(RoleCode.OPERATOR, "4.90").json()["code"] == "far_value"
