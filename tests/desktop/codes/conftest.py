"""The page of scans."""

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot
from unison_desktop.codes.page import ScansPage
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.place import Place

from tests.desktop.codes.samples import LOST, scan, serve_scans, undone
from tests.desktop.fake_server import FakeServer


@pytest.fixture
def page(qtbot: QtBot, shop_desk: Desk, server: FakeServer) -> Iterator[ScansPage]:
    serve_scans(server, [scan(0), scan(1, "UN1:MA:M1"), scan(2, LOST), undone(3), scan(4, "1234-5678")])
    made = ScansPage(shop_desk, Place("scans"))
    made.resize(1200, 700)
    made.show()
    made.reload()
    qtbot.waitUntil(lambda: made.table.model.rowCount() == 5)
    yield made
    made.close()
    made.deleteLater()
