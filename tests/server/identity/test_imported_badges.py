"""Until when badges of a file are good, by the clocks of the plant."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from tests.server.identity.people_files import Files, files

__all__ = ["files"]

BERLIN = ZoneInfo("Europe/Berlin")
ENDING = "username,full_name,badges,badges_end_at\n"


def ends(files: Files) -> dict[str, str | None]:
    """When the badges in use end, by their people."""
    badges = files.admin.get("/badges").json()["items"]
    return {one["user_name"]: one["expires_at"] for one in badges if one["state"] == "active"}


def test_badges_end_when_the_file_says(files: Files) -> None:
    text = f"""{ENDING}ida,Ida,10017,2190-12-31
max,Max,10018,-
eva,Eva,10019,
"""
    told = [one["changes"] for one in files.preview(text)["changes"]]
    assert told == [["+1 badge until the end of 2190-12-31"], ["+1 badge"], ["+1 badge"]]
    files.done(text)
    assert ends(files) == {"Ida": "2190-12-31T23:00:00Z", "Max": None, "Eva": None}
    assert files.done(text) == []
    assert files.done(f"{ENDING}ida,Ida,10017,\n") == [], "an empty cell leaves what is there"
    assert files.done(f"{ENDING}ida,Ida,10017,30.06.2190\n")[0]["changes"] == ["+1 badge until the end of 2190-06-30"]
    assert ends(files)["Ida"] == "2190-06-30T22:00:00Z"
    assert files.done(f"{ENDING}ida,Ida,10017,-\n")[0]["changes"] == ["+1 badge"]
    assert ends(files)["Ida"] is None
    assert len(files.admin.get("/badges", params={"state": "revoked"}).json()["items"]) == 2


def test_a_day_badge_is_good_until_the_day_is_over(files: Files) -> None:
    before = datetime.now(UTC)
    changes = files.done(f"{ENDING}ida,Ida,10017 | rfid:04A1B2C3,Today | 2190-12-31\n")[0]["changes"]
    days = {f"{moment.astimezone(BERLIN).date()}" for moment in (before, datetime.now(UTC))}
    assert changes[0].removeprefix("+1 badge until the end of ") in days
    assert changes[1] == "+1 badge until the end of 2190-12-31"


def test_days_are_over_by_the_clocks_of_the_plant_else_of_the_organization(files: Files) -> None:
    far = {"code": "OSAKA", "name": "Osaka", "time_zone": "Asia/Tokyo"}
    assert files.admin.post("/plants", far).status_code == 201
    head = "username,full_name,plants,badges,badges_end_at,access_ends_at"
    files.done(
        f"{head}\nkei,Kei,OSAKA,10031,2190-12-31,2190-12-31\nlea,Lea,OSAKA | KIEL,10032,2190-12-31,2190-12-31\n"
        "mia,Mia,,10033,2190-12-31,2190-12-31\n"
    )
    tokyo, berlin = "2190-12-31T15:00:00Z", "2190-12-31T23:00:00Z"
    assert ends(files) == {"Kei": tokyo, "Lea": berlin, "Mia": berlin}
    people = files.people()
    assert [people[one]["access_ends_at"] for one in ("kei", "lea", "mia")] == [tokyo, berlin, berlin]
    zone, seen = {"value": "America/New_York"}, {"If-Match": '"0"'}
    assert files.admin.send("PUT", "/settings/identity.time_zone", json=zone, headers=seen).status_code == 200
    files.done("username,access_ends_at\nkei,2190-12-30\nmia,2190-12-30\n")
    people = files.people()
    assert people["kei"]["access_ends_at"] == "2190-12-30T15:00:00Z", "by the plant given before"
    assert people["mia"]["access_ends_at"] == "2190-12-31T05:00:00Z"
    assert files.admin.get("/auth/me").json()["time_zone"] == "America/New_York"


def test_what_is_no_time_zone_can_not_be_set(files: Files) -> None:
    for value in ("Nowhere/City", 3, True):
        seen = {"If-Match": '"0"'}
        refused = files.admin.send("PUT", "/settings/identity.time_zone", json={"value": value}, headers=seen)
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "value")


def test_wrong_ends_of_badges_are_told_by_their_cells(files: Files) -> None:
    text = f"""{ENDING}ida,Ida,10017,soon
max,Max,10018,2020-01-31
eva,Eva,10019 | 10020,2190-12-31 | 2190-12-31 | -
uwe,Uwe,,2190-12-31
"""
    day = "is neither today nor -, and no day such as 2026-12-31 or 31.12.2026"
    rows = "badges in this row: say one for all, or one each"
    assert files.errors(text) == [
        (2, "badges_end_at", "soon", day),
        (3, "badges_end_at", "2020-01-31", "the end of 2020-01-31 is past: a badge is handed out for later"),
        (4, "badges_end_at", "2190-12-31 | 2190-12-31 | -", f"has 3 for 2 {rows}"),
        (5, "badges_end_at", "2190-12-31", f"has 1 for 0 {rows}"),
    ]


def test_why_somebody_gets_no_badge_is_said_without_names_of_requests(files: Files) -> None:
    files.done("username,full_name\nida,Ida\n")
    (told,) = files.errors("username,is_active,badges\nida,no,10017\n")
    assert told == (2, "badges", "…17", "Ida is not active, or their access has ended")
