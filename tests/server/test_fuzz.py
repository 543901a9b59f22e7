"""No request makes the server fail: two right and two wrong ones of each operation, as `bench fuzz` asks at length."""

import httpx
from unison_domain.identity.contracts import RoleCode
from unison_server.kernel.database import Databases

from tests.benchmarks.fuzz import WHO, ask_everything
from tests.server.serving import address, app, client

__all__ = ["address", "app", "client"]


def test_no_request_makes_the_server_fail(
    client: httpx.Client, databases: Databases, system_databases: Databases
) -> None:
    asked = ask_everything(client, databases, system_databases, examples=2)
    for role, answers in zip(WHO, asked, strict=True):
        assert answers.failed == {}
        assert answers.codes[200] > (50 if role in (RoleCode.ADMIN, RoleCode.OPERATOR) else 0), answers.codes
