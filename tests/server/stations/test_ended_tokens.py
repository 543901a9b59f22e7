"""A device token that ended is of no use from that moment on."""

from __future__ import annotations

from tests.server.listening import listening
from tests.server.serving import SignedIn
from tests.server.stations.floor import Floor, enrol


def revoke(floor: Floor) -> None:
    version = floor.admin.get(f"/agents/{floor.agent_id}").json()["version"]
    answer = floor.admin.post(f"/agents/{floor.agent_id}/revoke", headers={"If-Match": f'"{version}"'})
    assert answer.status_code == 200, answer.text


def by_device(floor: Floor) -> SignedIn:
    return SignedIn(floor.admin.client, floor.sender.token, "")


def test_a_revoked_agents_stream_ends_and_its_requests_are_refused(floor: Floor) -> None:
    with listening(by_device(floor)) as listener:
        ready = listener.next()
        assert ready is not None
        revoke(floor)
        assert floor.sender.call("GET", "/configuration").status_code == 401
        assert floor.sender.post(floor.sender.batch([floor.sample(0)])).status_code == 401
        assert by_device(floor).get("/events").status_code == 401
        assert listener.next() is None


def test_a_replaced_pcs_stream_ends_and_the_new_one_serves(floor: Floor) -> None:
    code = floor.admin.post(f"/agents/{floor.agent_id}/code").json()["code"]
    with listening(by_device(floor)) as listener:
        ready = listener.next()
        assert ready is not None
        replacement = enrol(floor.admin.client, code)
        assert floor.sender.call("GET", "/configuration").status_code == 401
        assert listener.next() is None
    assert replacement.call("GET", "/configuration").status_code == 200
