"""Scans as a file: all that the list would show, however many, and nothing else."""

from __future__ import annotations

import csv
import io
from uuid import uuid4

import httpx
import pytest
from unison_domain.identity.contracts import RoleCode
from unison_server.kernel import csv_stream
from unison_server.kernel.access import Access, Caller
from unison_server.kernel.csv_answer import ROWS_HEADER

from tests.server.codes.scanning import scanned, undone
from tests.server.serving import SignedIn, sign_in
from tests.server.stations.floor import Floor


@pytest.fixture(autouse=True)
def _in_small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_stream, "BLOCK", 3)


def texts(answer: httpx.Response) -> list[str]:
    """What was scanned, as it stands in the file."""
    assert answer.status_code == 200, answer.text
    return [row["qr_code_data"] for row in csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""))]


def file_of(who: SignedIn, **query: str) -> httpx.Response:
    return who.get("/qr-scans/export", params=query)


def test_the_file_has_every_scan_once_newest_first_also_those_of_one_moment(floor: Floor) -> None:
    floor.sender.send([scanned(floor, number // 4, f"P-{number}") for number in range(10)])
    answer = file_of(floor.admin)
    listed = [one["qr_code_data"] for one in floor.admin.get("/qr-scans/history").json()["items"]]
    assert texts(answer) == listed
    assert len(set(listed)) == 10
    assert answer.headers[ROWS_HEADER] == "10"


def test_nothing_matches_and_the_file_has_its_headings(floor: Floor) -> None:
    answer = file_of(floor.admin, q="nothing")
    assert (texts(answer), answer.headers[ROWS_HEADER]) == ([], "0")
    assert answer.text.startswith("\ufeffid,scanned_at,")


def test_the_file_is_narrowed_as_the_list_is(floor: Floor) -> None:
    events = [scanned(floor, number, text) for number, text in enumerate(("A-1", "B-1", "UN1:MA:M1"))]
    floor.sender.send([*events, undone(floor, 9, events[0]["id"], person="Anna")])
    assert texts(file_of(floor.admin, q="-1", undone="false")) == ["B-1"]
    assert texts(file_of(floor.admin, kind="own")) == ["UN1:MA:M1"]
    row = next(csv.DictReader(io.StringIO(file_of(floor.admin, undone="true").content.decode("utf-8-sig"))))
    assert (row["undone_person"], row["reading.kind"], row["station_code"]) == ("Anna", "unknown", "S1")


def test_what_a_spreadsheet_would_run_and_what_would_end_a_line_stay_one_cell(floor: Floor) -> None:
    floor.sender.send([scanned(floor, 0, '=cmd|" /C calc"!A0,\r\n'), scanned(floor, 1, "A;B\x1dC")])
    assert texts(file_of(floor.admin)) == ["A;B\x1dC", '\'=cmd|" /C calc"!A0,\r\n']


def test_it_is_of_ones_plants_and_of_single_persons_only_for_few(floor: Floor) -> None:
    floor.sender.send([scanned(floor, 0, "P-1")])
    elsewhere = floor.made.add_plant("P9")
    floor.made.add_user("susi", roles=[RoleCode.SUPERVISOR], writes=[elsewhere])
    susi = sign_in(floor.admin.client, floor.made, "susi")
    assert texts(file_of(susi)) == []
    assert file_of(susi, person="Anna").status_code == 403
    assert file_of(floor.admin, plant_id=str(uuid4())).headers[ROWS_HEADER] == "0"


def test_the_file_breaks_off_where_its_reader_may_not_read_on(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    """It ends without its last chunk, so no client takes what came for the whole."""
    floor.sender.send([scanned(floor, number, f"P-{number}") for number in range(10)])
    asked: list[Caller] = []

    def ended_after_two(_access: Access, caller: Caller) -> bool:
        asked.append(caller)
        return len(asked) < 2

    monkeypatch.setattr(Access, "still_may", ended_after_two)
    with pytest.raises(httpx.RemoteProtocolError):
        file_of(floor.admin)
    assert {caller.scope.organization_id for caller in asked} == {floor.made.id}
    assert len(asked) == 2
