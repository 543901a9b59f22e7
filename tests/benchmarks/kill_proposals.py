"""Parts made while nobody looked for more than a minute are proposed to a person, who takes them here.

An agent that was away for so long, killed or without a processor, cannot know that one run covers its gap; nor can one
that was away for less between two stops of its machine. What it counted over it must wait for a decision and must be in
the sums afterwards; anything else that waits is a fault, and is left to `kill_effects.compare`.
"""

from __future__ import annotations

from datetime import timedelta

import orjson
from unison_dev.api import Api

from tests.benchmarks.kill_effects import Committed, moment

LONGEST_BOOKED = timedelta(minutes=1)
"""A longer gap asks for a person."""
_STOOD = "stood"
_CODE = "count_across_gap"


def is_proposed(event: Committed) -> bool:
    """Whether its parts may wait for a person, by what the agent itself tells."""
    body = event.body
    if event.kind != "counted" or body["delta"] == 0 or not body["across_gap"]:
        return False
    return body["gap_run"] == _STOOD or moment(body["at"]) - moment(body["started_at"]) > LONGEST_BOOKED


def take_proposals(api: Api) -> int:
    """Accept what rightly waits, as a person would; how many there were."""
    taken = 0
    for agent in api.each("/agents", limit=200):
        for waiting in list(api.each(f"/agents/{agent['id']}/quarantine", state="open", code=_CODE, limit=200)):
            told = Committed(
                agent["id"], waiting["epoch"], waiting["seq"], waiting["kind"], orjson.loads(waiting["raw"])
            )
            if is_proposed(told):
                place = f"/agents/{agent['id']}/quarantine/{waiting['id']}"
                api.post(f"{place}/accept", {"reason": "made for what the machine makes"})
                taken += 1
    return taken
