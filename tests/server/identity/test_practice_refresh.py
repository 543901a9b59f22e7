"""Who practises stays signed in by the real session: asked within the one connection that refreshes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial
from uuid import UUID

import httpx
import pytest
from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy.exc import OperationalError
from unison_server.identity.queries import rights_of
from unison_server.identity.refusals import Refusals
from unison_server.identity.second_factor import SecondFactors
from unison_server.identity.sign_in import Door
from unison_server.kernel.access import Access
from unison_server.kernel.database import Databases
from unison_server.kernel.errors import NotSignedIn
from unison_server.kernel.settings import Settings

from tests.server.factories import PASSWORDS, Made
from tests.server.identity.test_practice import go, made_practice
from tests.server.serving import SignedIn, sign_in


@pytest.fixture
def narrow_door(settings: Settings) -> Iterator[Door]:
    """A door of a process whose pool has one connection, and none to spare."""
    one = Databases.connect(settings.identity_url, settings.operations_url, pool_size=1, overflow=0)
    until_connected(one)
    access = Access(Ed25519PrivateKey.generate(), partial(rights_of, one))
    factors = SecondFactors(MultiFernet([Fernet(Fernet.generate_key())]))
    yield Door(one, access, PASSWORDS, factors, Refusals(one, lambda _: None))
    one.dispose()


def until_connected(databases: Databases) -> None:
    """Return when the one connection is in the pool: others of a whole run may leave it no room for some seconds."""
    deadline = time.monotonic() + 60
    while True:
        try:
            databases.identity.connect().close()
        except OperationalError:
            assert time.monotonic() < deadline, "no connection was to be had"
        else:
            return


def test_a_practice_session_is_refreshed_with_a_single_connection(
    admin: SignedIn, made: Made, client: httpx.Client, narrow_door: Door
) -> None:
    ben: UUID = made.add_user("ben")
    made_practice(admin)
    real = sign_in(client, made, "ben")
    there = go(real)
    tokens = narrow_door.refresh(there.refresh_token, "10.0.0.1", "")
    assert narrow_door.access.authenticate(tokens.access_token).scope.user_id == ben
    signed_out = client.post("/api/v1/auth/logout", json={"refresh_token": real.refresh_token})
    assert signed_out.status_code == 204, signed_out.text
    with pytest.raises(NotSignedIn):
        narrow_door.refresh(tokens.refresh_token, "10.0.0.1", "")
