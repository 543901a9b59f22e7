"""No request makes the server fail: two right and two wrong ones of each operation, as `bench fuzz` asks at length."""

import httpx
from unison_server.kernel.database import Databases

from tests.benchmarks.fuzz import ask_everything
from tests.server.serving import address, app, client

__all__ = ["address", "app", "client"]


def test_no_request_makes_the_server_fail(
    client: httpx.Client, databases: Databases, system_databases: Databases
) -> None:
    for answers in ask_everything(client, databases, system_databases, examples=2):
        assert answers.failed == {}
        assert answers.codes[200] > 50, answers.codes
