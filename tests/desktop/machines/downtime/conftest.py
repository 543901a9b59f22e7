from collections.abc import Iterator
from uuid import UUID

import pytest
from pytestqt.qtbot import QtBot
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.place import Place
from unison_desktop.identity.session import Session
from unison_desktop.machines.downtime.page import DowntimePage

from tests.desktop import samples as desktop_samples
from tests.desktop.fake_server import FakeServer
from tests.desktop.machines.downtime.samples import FIRST, RIGHTS, SECOND, THIRD, serve_downtime
from tests.desktop.machines.samples import plant


@pytest.fixture
def signed_in(qtbot: QtBot, session: Session, server: FakeServer) -> Session:
    """Somebody who may give reasons."""
    known = desktop_samples.me()
    server.answer("GET /auth/me", desktop_samples.me(permissions=[*known.permissions, *RIGHTS]))
    with qtbot.waitSignal(session.signed_in):
        session.sign_in(server.url, "DEMO", "paula", "secret", keep=False)
    qtbot.waitUntil(lambda: session.is_online)
    return session


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
