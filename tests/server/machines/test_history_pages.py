"""A day of a busy machine is answered at once, and each interval reads as the contract says."""

from __future__ import annotations

from unison_domain.kernel.contracts import Page
from unison_domain.machines.contracts import StateInterval

from tests.server.stations.floor import Floor, stamp

DAY = 86_400

NOBODY_SAID = {"note", "person", "person_id", "person_is_verified", "confirmed_by_name"}
"""What a stretch of signals has nothing to tell of is left out."""


def test_a_day_of_transitions_each_minute_is_one_page(floor: Floor) -> None:
    events = [floor.changed(60.0 * n, "running" if n % 2 else "fault", reason='"oil"') for n in range(1441)]
    for place in range(0, len(events), 300):
        floor.sender.send(events[place : place + 300])
    floor.sender.send([floor.counted(90, 3)])
    path = f"/machines/{floor.machines[0]}/history"
    asked = {"from": stamp(0), "to": stamp(DAY), "limit": 2000}
    answer = floor.admin.get(path, params=asked)
    whole = Page[StateInterval].model_validate_json(answer.content)
    assert (len(whole.items), whole.next_cursor) == (1440, None)
    assert set(answer.json()["items"][0]) == {*StateInterval.model_fields} - NOBODY_SAID
    assert answer.json()["items"][1]["started_at"] == stamp(DAY - 120)
    items, cursor = list[StateInterval](), None
    while True:
        told = floor.admin.get(path, params={**asked, "limit": 700, **({"cursor": cursor} if cursor else {})})
        page = Page[StateInterval].model_validate_json(told.content)
        items += page.items
        if (cursor := page.next_cursor) is None:
            break
    assert items == whole.items
    assert sum(one.good for one in items) == 3
    assert floor.admin.get(path, params={"limit": 2001}).status_code == 422
