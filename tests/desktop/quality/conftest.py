from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.place import Place
from unison_desktop.identity.session import Session
from unison_desktop.quality.page import MeasurementsPage

from tests.desktop.fake_server import FakeServer
from tests.desktop.quality.samples import RIGHTS, serve_quality, some
from tests.desktop.signing_in import sign_in_with


@pytest.fixture
def signed_in(qtbot: QtBot, session: Session, server: FakeServer) -> Session:
    """Somebody who may measure and set up what is measured."""
    return sign_in_with(qtbot, session, server, RIGHTS)


@pytest.fixture
def page(qtbot: QtBot, desk: Desk, server: FakeServer) -> Iterator[MeasurementsPage]:
    """The page with 30 values of the bore."""
    serve_quality(server, some(30))
    made = MeasurementsPage(desk, Place("measurements"))
    made.resize(1280, 860)
    made.show()
    made.reload()
    qtbot.waitUntil(lambda: made.table.model.rowCount() == 30 and bool(made._plants))
    yield made
    made.close()
    made.deleteLater()
