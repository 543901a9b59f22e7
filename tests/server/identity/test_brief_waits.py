"""Who signs in waits for a row somebody changes, but not long."""

from __future__ import annotations

import httpx
import pytest
from sqlalchemy import select
from unison_domain.identity.setting_contracts import SIGN_IN_TRIES
from unison_server.identity import brief_waits
from unison_server.identity.tables import User
from unison_server.kernel.database import Database

from tests.server.factories import Made
from tests.server.identity.test_second_factor import enter, set_up, shown
from tests.server.identity.test_sign_in import attempt
from tests.server.serving import sign_in


def test_who_is_being_changed_is_asked_to_try_again(
    client: httpx.Client, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(brief_waits, "LONGEST_WAIT_MS", 50)
    made.add_user("anna")
    with made.databases.session(Database.IDENTITY, made.scope) as session:
        session.scalars(select(User).with_for_update(key_share=True)).all()
        answers = [attempt(client, made) for _ in range(SIGN_IN_TRIES.default + 1)]
    assert {(one.status_code, one.headers["Retry-After"]) for one in answers} == {(503, "10")}
    assert "This account is being changed at this moment" in answers[0].json()["detail"]
    assert attempt(client, made).status_code == 200, "those were no tries"


def test_who_is_asked_to_try_again_does_so_with_the_same_code(
    client: httpx.Client, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(brief_waits, "LONGEST_WAIT_MS", 50)
    made.add_user("ben")
    secret, codes = set_up(sign_in(client, made, "ben"))
    code = shown(secret)
    with made.databases.session(Database.IDENTITY, made.scope) as session:
        session.scalars(select(User).with_for_update(key_share=True)).all()
        assert [enter(client, made, one).status_code for one in (code, codes[0])] == [503, 503]
    assert [enter(client, made, one).status_code for one in (code, codes[0])] == [200, 200]
