"""Who asks for a new password where no mail goes is told of, once, to who can hand the link over."""

from __future__ import annotations

import time
from typing import Any

import httpx
from unison_domain.identity.contracts import RoleCode
from unison_domain.identity.setting_contracts import PASSWORD_RESET_BY_MAIL
from unison_server.app import create_app
from unison_server.kernel.database import Databases
from unison_server.kernel.settings import Settings

from tests.patience import MINUTE
from tests.server.factories import Made
from tests.server.identity.test_notifier import settle
from tests.server.identity.test_password_resets import NEW, reset
from tests.server.mail_server import MailServer
from tests.server.serving import SignedIn, serving, sign_in

UNSET = {"If-Match": '"0"'}


def until_told(person: SignedIn) -> list[dict[str, Any]]:
    """The inbox, as soon as there is something in it."""
    deadline = time.monotonic() + MINUTE
    while not (found := person.get("/notifications").json()["items"]):
        assert time.monotonic() < deadline, "nothing was told"
        time.sleep(0.02)
    return list(found)


def test_who_can_hand_the_link_over_is_told_who_waits_and_until_when(
    made: Made, mailing: tuple[Settings, MailServer], system_databases: Databases
) -> None:
    settings, _ = mailing
    app = create_app(settings)
    settle(system_databases)  # of what happened before the first look of all nobody is told
    made.add_user("anna")
    made.add_user("mia", email="mia@example.org", roles=[RoleCode.OPERATOR])
    made.add_user("ida", roles=[RoleCode.OPERATOR])
    with serving(app) as address, httpx.Client(base_url=address, timeout=60) as client:
        anna, ida = sign_in(client, made), sign_in(client, made, "ida")
        for name in ("nobody", "mia", "ida"):  # of one nobody has, and of one whom mail reaches, nothing is told
            asked = client.post("/api/v1/auth/forgot-password", json={"organization": made.code, "user": name})
            assert asked.status_code == 202, asked.text
        (one,) = until_told(anna)
        (waiting,) = anna.get("/password-resets").json()["items"]
        assert (one["kind"], one["priority"], one["title"]) == (
            "password_asked",
            "high",
            "Ida waits for a new password",
        )
        assert one["parameters"]["until"].endswith("(Europe/Berlin)")
        assert one["parameters"]["until"][14:16] == waiting["expires_at"][14:16], "minutes of one hour"
        assert one["parameters"]["until"] in one["message"]
        assert ida.get("/notifications").json()["items"] == []


def test_where_no_link_is_sent_by_mail_it_waits_to_be_handed_over(
    made: Made, mailing: tuple[Settings, MailServer], system_databases: Databases
) -> None:
    settings, _ = mailing
    app = create_app(settings)
    settle(system_databases)
    made.add_user("anna")
    made.add_user("mia", email="mia@example.org", roles=[RoleCode.OPERATOR])
    with serving(app) as address, httpx.Client(base_url=address, timeout=60) as client:
        anna = sign_in(client, made)
        no_mail = anna.send("PUT", f"/settings/{PASSWORD_RESET_BY_MAIL.key}", json={"value": False}, headers=UNSET)
        assert no_mail.status_code == 200, no_mail.text
        asked = [
            client.post("/api/v1/auth/forgot-password", json={"organization": made.code, "user": name})
            for name in ("nobody", "mia")
        ]
        assert len({(answer.status_code, answer.text) for answer in asked}) == 1
        (one,) = until_told(anna)
        (waiting,) = anna.get("/password-resets").json()["items"]
        assert (one["title"], waiting["user_name"]) == ("Mia waits for a new password", "Mia")
        token = anna.post(f"/users/{waiting['user_id']}/password-reset/hand-over").json()["link"].partition("#")[2]
        assert reset(client, token).status_code == 204
        sign_in(client, made, "mia", NEW)
