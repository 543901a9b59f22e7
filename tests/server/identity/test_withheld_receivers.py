"""Whose rights are withheld for want of a second factor is told of nothing either."""

from __future__ import annotations

from uuid import UUID

from unison_domain.identity.contracts import RoleCode
from unison_server.identity.receivers import receivers_of
from unison_server.kernel.database import Databases

from tests.server.factories import Made
from tests.server.identity.test_demanded_factors import demand
from tests.server.serving import SignedIn


def allowed(made: Made, system: Databases, user_id: UUID) -> bool:
    """Whether news reach somebody by any right."""
    with system.identity.connect() as identity:
        (receiver,) = (one for one in receivers_of(identity, made.id) if one.id == user_id)
    return bool(receiver.scope.permissions)


def test_who_must_set_up_a_second_factor_first_gets_no_news(
    admin: SignedIn, made: Made, system_databases: Databases
) -> None:
    ben, eve = (
        made.add_user(name, roles=[role]) for name, role in (("ben", RoleCode.OPERATOR), ("eve", RoleCode.ADMIN))
    )
    anna = UUID(admin.get("/auth/me").json()["id"])
    assert all(allowed(made, system_databases, one) for one in (anna, ben, eve))
    demand(admin, "administrators")
    assert [allowed(made, system_databases, one) for one in (anna, ben, eve)] == [True, True, False]
    demand(admin, "everybody")
    assert [allowed(made, system_databases, one) for one in (anna, ben, eve)] == [True, False, False]
