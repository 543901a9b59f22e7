from collections.abc import Iterator
from uuid import UUID

import pytest
from pytestqt.qtbot import QtBot
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.place import Place
from unison_desktop.identity.session import Session
from unison_desktop.machines.downtime.page import DowntimePage

from tests.desktop.fake_server import FakeServer
from tests.desktop.machines.downtime.samples import FIRST, RIGHTS, SECOND, THIRD, serve_downtime
from tests.desktop.machines.samples import plant
from tests.desktop.signing_in import sign_in_with


@pytest.fixture
def signed_in(qtbot: QtBot, session: Session, server: FakeServer) -> Session:
    """Somebody who may give reasons."""
    return sign_in_with(qtbot, session, server, RIGHTS)


@pytest.fixture
def page(qtbot: QtBot, shop_desk: Desk, server: FakeServer) -> Iterator[DowntimePage]:
    serve_downtime(server, [FIRST, SECOND, THIRD], [])
    server.answer("GET /plants", [plant(UUID(int=900 + n), "Europe/Berlin") for n in range(2)])
    made = DowntimePage(shop_desk, Place("downtime"))
    made.resize(1200, 800)
    made.show()
    made.reload()
    book = made.book
    qtbot.waitUntil(lambda: made.table.model.rowCount() == 3 and all((book.reasons, book.machines, book.zones)))
    yield made
    made.close()
    made.deleteLater()
