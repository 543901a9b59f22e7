import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtPrintSupport import QPrintPreviewWidget
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.page import Page
from unison_desktop.frame.place import Place
from unison_desktop.frame.printing.preview import Preview
from unison_desktop.frame.theme import Scheme
from unison_desktop.machines.downtime.page import DowntimePage
from unison_desktop.machines.downtime.totals_page import TotalsPage
from unison_desktop.machines.page import MachinePage
from unison_domain.machines.contracts import MachineState

from tests.desktop.conftest import end_deletions
from tests.desktop.fake_server import FakeServer
from tests.desktop.frame.printed_text import pages_of
from tests.desktop.machines.downtime.samples import event
from tests.desktop.machines.samples import interval
from tests.desktop.machines.test_day_stops import DAY, HISTORY, page, signed_in

__all__ = ["page", "signed_in"]


def printed(page: Page, path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts of the pages, as a person saves them."""
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args: (str(path), ""))
    next(command for command in page.commands if command.id == "page.pdf").trigger()
    assert "was written" in page.desk.messages.history[-1].text
    return pages_of(path)


def squeezed(text: str) -> str:
    return "".join(text.split())


def test_a_machines_day_is_printed_with_drawings_reasons_and_rows(
    qtbot: QtBot, page: MachinePage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    qtbot.waitUntil(lambda: page.day.counts.heading == "Parts per 15 min")
    (only,) = printed(page, tmp_path / "day.pdf", monkeypatch)
    told = squeezed(only)
    for wanted in (
        f"PRESS-01 {DAY.date().isoformat()}",
        "Times of Europe/Berlin",
        "Parts per 15 min",
        "111 Spindle bearing (Failure); 200 Setup",
        "Guard door open",
        "Page 1 of 1",
        "Failure",
        "by Paula Planner",
    ):
        assert squeezed(wanted) in told, wanted


def test_a_long_table_goes_on_with_its_headings(
    qtbot: QtBot, page: MachinePage, server: FakeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    minute = timedelta(minutes=1)
    rows = [interval(n, MachineState.STOPPED, DAY + n * minute, DAY + (n + 1) * minute) for n in range(200)]
    server.answer(HISTORY, rows[::-1])
    page.reload()
    qtbot.waitUntil(lambda: page.table.model.total == 200)
    pages = printed(page, tmp_path / "day.pdf", monkeypatch)
    assert len(pages) > 4
    assert all("Duration" in one for one in pages)
    assert all(squeezed(f"Page {n} of {len(pages)}") in squeezed(one) for n, one in enumerate(pages, 1))
    assert sum(squeezed(one).count("micro-stop") for one in pages) == 200, "every row once"


def test_paper_is_light_while_the_screen_is_dark(
    qtbot: QtBot, page: MachinePage, desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    qtbot.waitUntil(lambda: page.day.counts.heading == "Parts per 15 min")
    light = printed(page, tmp_path / "light.pdf", monkeypatch)
    desk.theme.choose(Scheme.DARK)
    assert printed(page, tmp_path / "dark.pdf", monkeypatch) == light
    dark, bright = ((tmp_path / f"{name}.pdf").stat().st_size for name in ("dark", "light"))
    assert abs(dark - bright) < 200


def test_totals_and_stops_are_printed_with_what_they_are_of(
    qtbot: QtBot, shop_desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    totals = TotalsPage(shop_desk, Place("downtime-totals"))
    totals.show()
    totals.reload()
    qtbot.waitUntil(lambda: totals.table.model.rowCount() == 3)
    (told,) = (squeezed(one) for one in printed(totals, tmp_path / "totals.pdf", monkeypatch))
    for wanted in ("All plants · All machines · Last 14 days", "11 h 07 min; 12 stops began", "Micro-stops up to"):
        assert squeezed(wanted) in told
    assert told.count("111Spindlebearing") == 2, "in the chart and in the table"
    totals.deleteLater()
    stops = DowntimePage(shop_desk, Place("downtime"))
    stops.show()
    stops.reload()
    qtbot.waitUntil(lambda: stops.table.model.rowCount() == 2)
    (told,) = (squeezed(one) for one in printed(stops, tmp_path / "stops.pdf", monkeypatch))
    assert squeezed("2 stops wait for a reason") in told
    assert event(0).machine_name.replace(" ", "") in told
    stops.deleteLater()


def test_ctrl_p_shows_the_pages_and_leaves_nothing(qtbot: QtBot, page: MachinePage) -> None:
    command = next(command for command in page.commands if command.id == "page.print")
    assert command.keys == "Ctrl+P"
    command.trigger()
    preview = page.findChild(Preview)
    assert preview is not None
    shown = preview.findChild(QPrintPreviewWidget)
    assert shown is not None
    qtbot.waitUntil(lambda: shown.pageCount() == 1)
    assert not preview.grab().isNull()
    preview.close()
    end_deletions()
    assert page.findChild(Preview) is None


def test_pages_start_without_printers() -> None:
    code = "import sys, unison_desktop.machines.page; sys.exit('PySide6.QtPrintSupport' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_a_file_that_can_not_be_written_is_told(
    page: MachinePage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "nowhere" / "day.pdf"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args: (str(path), ""))
    next(command for command in page.commands if command.id == "page.pdf").trigger()
    assert page.desk.messages.history[-1].text.startswith(f"{path} could not be written: ")
    assert not path.exists()
