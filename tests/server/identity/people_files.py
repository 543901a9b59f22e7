"""Files of people, as an administrator takes them over."""

from __future__ import annotations

import csv
import io
from base64 import b64encode
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.server.factories import Made
from tests.server.identity.test_roles_by_place import added
from tests.server.serving import SignedIn

HEADER = "username,employee_code,full_name,email,roles,plants,warehouses,badges,access_ends_at"
PEOPLE = f"""{HEADER}
ida,17,Ida Jäger,ida@example.org,planner | operator@KIEL | team_leader@KIEL/PRESS,KIEL:rw | LYON,\
RAW:rw* | FG,barcode:10017 | rfid:04A1B2C3,2190-12-31
,18,Max Groß,,operator@LYON,LYON:rwd,,10018,31.12.2190
"""


@dataclass(frozen=True)
class Files:
    """An organization of two plants and two warehouses, whose administrator takes people over."""

    admin: SignedIn
    kiel: UUID

    def send(self, text: str, path: str = "/users/import", encoding: str = "utf-8", **more: Any) -> httpx.Response:
        """Take the file over, or look what it would do."""
        file = b64encode(text.encode(encoding)).decode()
        return self.admin.post(path, {"file": file, **more})

    def preview(self, text: str) -> dict[str, Any]:
        """What it would do."""
        answer = self.send(text, "/users/import/preview")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def done(self, text: str, encoding: str = "utf-8", **more: Any) -> list[dict[str, Any]]:
        """What it did."""
        answer = self.send(text, encoding=encoding, **more)
        assert answer.status_code == 200, answer.text
        return list(answer.json()["changes"])

    def errors(self, text: str) -> list[tuple[Any, ...]]:
        """What is wrong with it, told by preview and import alike; nothing is done."""
        before = self.people()
        told = self.preview(text)
        assert told["errors"]
        refused = self.send(text)
        assert (refused.status_code, refused.json()["code"]) == (422, "csv_invalid")
        assert len(refused.json()["errors"]) == len(told["errors"])
        assert self.people() == before
        return [(one["row"], one["column"], one["value"], one["message"]) for one in told["errors"]]

    def people(self) -> dict[str, dict[str, Any]]:
        """Everybody, by user name."""
        return {one["username"]: one for one in self.admin.get("/users").json()["items"]}

    def file(self) -> list[dict[str, str]]:
        """The export, as read."""
        text = self.admin.get("/users/people.csv").content.decode("utf-8-sig")
        return list(csv.DictReader(io.StringIO(text)))


@pytest.fixture
def files(admin: SignedIn, made: Made) -> Files:
    kiel, _lyon = made.add_plant("KIEL"), made.add_plant("LYON")
    added(admin, "/departments", plant_id=kiel, code="PRESS", name="Press shop")
    for code in ("RAW", "FG"):
        added(admin, "/warehouses", plant_id=kiel, code=code, name=code)
    return Files(admin, kiel)
