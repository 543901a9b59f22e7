"""No request makes the server fail: two right and two wrong ones of each operation, as `bench fuzz` asks at length."""

import httpx
import pytest
from unison_domain.identity.contracts import RoleCode
from unison_server.kernel.database import Databases

from tests.benchmarks.fuzz import ALONE, WHO, ask_everything
from tests.server.serving import address, app, client

__all__ = ["address", "app", "client"]


@pytest.mark.parametrize("role", WHO)
def test_no_request_makes_the_server_fail(
    client: httpx.Client, databases: Databases, system_databases: Databases, role: RoleCode
) -> None:
    answers = ask_everything(client, databases, system_databases, role, examples=2)
    assert answers.failed == {}
    assert answers.codes[200] > (0 if role in ALONE else 50), answers.codes
