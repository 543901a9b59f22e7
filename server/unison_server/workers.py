"""What works beside the requests of a process: numbering, carrying over, notifying; of which happenings it tells."""

from __future__ import annotations

from threading import Event
from typing import NamedTuple

from unison_server.identity.messages import Post, Postman
from unison_server.identity.notices import IDENTITY_NOTICES
from unison_server.identity.notifier import POLL_SECONDS as NOTIFIER_SECONDS
from unison_server.identity.notifier import Notifier
from unison_server.kernel.database import Database, Databases
from unison_server.kernel.dispatcher import Worker, has_rows, number
from unison_server.kernel.relay import POLL_SECONDS, Relay
from unison_server.machines.notices import MACHINE_NOTICES, MACHINE_SETTLEMENTS
from unison_server.sites.organizations import OrganizationsCopy
from unison_server.sites.people import PeopleCopy
from unison_server.sites.warehouse_rights import POLL_SECONDS as WAREHOUSES_SECONDS
from unison_server.sites.warehouse_rights import WarehouseRights
from unison_server.stations.notices import STATION_NOTICES, STATION_SETTLEMENTS
from unison_server.stations.told_sign_ons import POLL_SECONDS as SIGN_ONS_SECONDS
from unison_server.stations.told_sign_ons import SignOnsCarried

NOTICES = (*IDENTITY_NOTICES, *STATION_NOTICES, *MACHINE_NOTICES)
"""Of which happenings people are told."""
SETTLEMENTS = (*STATION_SETTLEMENTS, *MACHINE_SETTLEMENTS)
"""After which of them people need not look any more at what they were told."""


class Workers(NamedTuple):
    """The workers of a process, each in a thread of its own once it is started.

    Attributes:
        dispatchers: number what was recorded in a database.
        others: carry over between the databases, and tell people.
    """

    dispatchers: dict[Database, Worker]
    others: tuple[Worker, ...]

    @classmethod
    def of(cls, system: Databases, post: Post) -> Workers:
        """Those over these databases, as the system; none is started."""
        dispatchers = {
            Database.IDENTITY: Worker(
                "unison.dispatcher.identity", system.identity, number, poll_seconds=POLL_SECONDS, look=has_rows
            ),
            Database.OPERATIONS: Worker("unison.dispatcher.operations", system.operations, number, look=has_rows),
        }
        carrying = Relay(system.identity, OrganizationsCopy(), PeopleCopy(), Postman(post.errand()))
        relay = Worker(
            "unison.relay", system.operations, carrying.step, poll_seconds=POLL_SECONDS, look=carrying.lookout.is_behind
        )
        telling = Notifier(system.operations, NOTICES, SETTLEMENTS, sends_mail=post.server is not None)
        notifier = Worker(
            "unison.notifier",
            system.identity,
            telling.step,
            poll_seconds=NOTIFIER_SECONDS,
            look=telling.lookout.is_behind,
        )
        following = WarehouseRights(system)
        warehouse_rights = Worker(
            "unison.warehouse_rights",
            system.identity,
            following.step,
            poll_seconds=WAREHOUSES_SECONDS,
            look=following.lookout.is_behind,
        )
        carried = SignOnsCarried(system.identity)
        sign_ons = Worker(
            "unison.sign_ons", system.operations, carried.step, poll_seconds=SIGN_ONS_SECONDS, look=carried.is_behind
        )
        return cls(dispatchers, (relay, notifier, warehouse_rights, sign_ons))

    @property
    def all(self) -> tuple[Worker, ...]:
        """In the order in which they start and stop."""
        return *self.dispatchers.values(), *self.others

    def wakes(self) -> dict[Database, Event]:
        """What tells a database's dispatcher that something was recorded."""
        return {database: worker.wake for database, worker in self.dispatchers.items()}
