"""What scanners and cameras could not read is listed on the page of scans."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from pytestqt.qtbot import QtBot
from unison_desktop.codes.page import ScansPage
from unison_desktop.stations.peripherals.refused_dialog import RefusedDialog

from tests.desktop import samples
from tests.desktop.codes.samples import PLANT
from tests.desktop.codes.test_scans_page import allow, page, station
from tests.desktop.fake_server import FakeServer
from tests.desktop.stations.peripherals.samples import caliper, camera, scanner

__all__ = ["page"]


def test_what_scanners_and_cameras_could_not_read_is_listed_and_exported(
    qtbot: QtBot, page: ScansPage, server: FakeServer, tmp_path: Path
) -> None:
    half = {"at": samples.NOW, "raw": "SN-47\x1d", "reason": "came without its end", "remedy": "Scan it once more"}
    strange = {
        "at": samples.NOW + timedelta(seconds=9),
        "raw": "odd",
        "reason": "'odd' is none of the expected codes",
        "remedy": "Show the expected codes alone",
    }
    where = station("L1", PLANT)
    inches = {**half, "raw": "0.12", "reason": "it is set to inches"}
    allow(page, "codes.scan.read", "stations.peripheral.read", "stations.station.read")
    server.answer("GET /stations", [where])
    seen = {"station_id": where.id}
    told = [scanner(refused=[half], **seen), camera(refused=[strange], **seen), caliper(refused=[inches], **seen)]
    server.answer("GET /peripherals", told)
    page.reload()
    qtbot.waitUntil(lambda: "2 refused lately (F7)" in page.head.subtitle)
    next(one for one in page.commands if one.id == "scans.refused").trigger()
    (dialog,) = page.findChildren(RefusedDialog)
    qtbot.waitUntil(lambda: all(row.source.station for row in dialog.table.model.rows()))
    shown = [[column.shown(row) for column in dialog.table.model.columns[1:]] for row in dialog.table.model.rows()]
    assert shown == [
        ["Line L1", "Top camera", "odd", strange["reason"], strange["remedy"]],
        ["Line L1", "Hand scanner", "SN-47\N{SYMBOL FOR GROUP SEPARATOR}", half["reason"], half["remedy"]],
    ]
    file = tmp_path / "refused.csv"
    dialog.table.write(file)
    assert "Scan it once more" in file.read_text(encoding="utf-8-sig")
    dialog.close()
