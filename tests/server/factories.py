"""Makes organizations, people and plants for tests. Each test has its own, so none sees another's rows."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from pydantic import SecretStr
from sqlalchemy import select
from unison_domain.identity.contracts import PlantAssignment, RoleAssignment, RoleCode, UserCreate
from unison_server.identity import usecases
from unison_server.identity.passwords import Passwords
from unison_server.identity.tables import Organization, User
from unison_server.kernel.database import Database, Databases
from unison_server.kernel.keys import new_id
from unison_server.kernel.scope import Scope
from unison_server.sites.tables import Plant, UserCopy

from tests.patience import MINUTE

PASSWORD = "correct horse"
PASSWORDS = Passwords(1, 8)


@dataclass(frozen=True)
class Made:
    """An organization of a test."""

    id: UUID
    code: str
    scope: Scope
    databases: Databases
    plants: list[UUID] = field(default_factory=list)

    def add_plant(self, code: str = "") -> UUID:
        """A plant in Berlin's time zone; returns its id."""
        with self.databases.session(Database.OPERATIONS, self.scope) as session:
            plant = Plant(code=code or f"P{len(self.plants) + 1}", name=f"Plant {code}", time_zone="Europe/Berlin")
            session.add(plant)
            session.flush()
            self.plants.append(plant.id)
            return plant.id

    def add_user(
        self,
        username: str = "anna",
        *,
        roles: Iterable[RoleCode] = (RoleCode.ADMIN,),
        reads: Iterable[UUID] = (),
        writes: Iterable[UUID] = (),
        roles_in: Mapping[UUID, str] | None = None,
        employee_code: str | None = None,
        email: str | None = None,
    ) -> UUID:
        """A person with `PASSWORD`; who writes in a plant reads and deletes there too. Returns their id.

        Args:
            roles_in: roles for single plants, by plant.
        """
        wanted = UserCreate(
            username=username,
            full_name=username.title(),
            password=SecretStr(PASSWORD),
            roles=list(roles),
            employee_code=employee_code,
            email=email,
        )
        with self.databases.session(Database.IDENTITY, self.scope) as session:
            user = usecases.create_user(session, wanted, PASSWORDS)
            for plant_id in {*reads, *writes}:
                may = plant_id in set(writes)
                access = PlantAssignment(plant_id=plant_id, can_read=True, can_write=may, can_delete=may)
                usecases.assign_plant(session, user, access)
            for plant_id, role in (roles_in or {}).items():
                usecases.assign_role(session, user, RoleAssignment(role=role, plant_id=plant_id))
            return user.id

    def until_people_are_copied(self) -> None:
        """Return when the server's relay has brought everybody over as they are now: what they do bears their names.

        Needs a server that runs: the relay alone copies, for two that copy at once may hold each other up.
        """
        deadline = time.monotonic() + MINUTE
        while self._people(Database.IDENTITY, User) != self._people(Database.OPERATIONS, UserCopy):
            assert time.monotonic() < deadline, f"people of {self.code} were not copied"
            time.sleep(0.01)

    def _people(self, database: Database, table: type[User | UserCopy]) -> set[tuple[object, ...]]:
        shown = select(table.id, table.full_name, table.employee_code, table.is_active)
        with self.databases.session(database, self.scope) as session:
            return {tuple(row) for row in session.execute(shown)}


def make_organization(databases: Databases, system: Databases, code: str = "") -> Made:
    """A new organization without people and plants."""
    scope = Scope(organization_id=new_id())
    code = code or f"ORG-{scope.organization_id.hex[-12:]}"
    with system.session(Database.IDENTITY, scope) as session:
        organization: Organization = usecases.create_organization(session, code, f"Company {code}")
        return Made(organization.id, code, scope, databases)
