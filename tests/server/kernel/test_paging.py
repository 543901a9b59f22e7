"""Pages by cursor: together they are the list, whatever its order."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import make_url, select
from unison_server.kernel.database import Database, Databases
from unison_server.kernel.embedded import Cluster
from unison_server.kernel.errors import Invalid
from unison_server.kernel.keys import new_id
from unison_server.kernel.paging import ListRequest, Order, Search, code_tokens, word_tokens
from unison_server.kernel.scope import Scope
from unison_server.sites.tables import Plant

from tests.server.serving import SignedIn

ORDER = Order({"code": Plant.code, "type": Plant.plant_type, "made": Plant.created_at}, "code")
ROW = "019a9f3e-7c00-7000-8000-000000000001"
TYPES = st.lists(st.none() | st.sampled_from(["a", "b", "ä", "Z"]), max_size=12)


@settings(max_examples=25)
@given(types=TYPES, limit=st.integers(1, 5), sort=st.sampled_from(["code", "-code", "type", "-type", "made", "-made"]))
def test_the_pages_are_the_list(databases: Databases, types: list[str | None], limit: int, sort: str) -> None:
    with databases.session(Database.OPERATIONS, Scope(new_id())) as session:
        for number, type_ in enumerate(types):
            session.add(Plant(code=f"P{number % 3}{number}", name="x", time_zone="UTC", plant_type=type_))
        session.flush()
        whole = list(session.scalars(ORDER.ordered(select(Plant), sort, Plant.id)))
        paged: list[Plant] = []
        cursor = None
        while True:
            rows, cursor = ORDER.page(
                session, select(Plant), ListRequest(limit=limit, cursor=cursor, sort=sort), Plant.id
            )
            assert len(rows) <= limit
            paged += rows
            if cursor is None:
                break
    assert len(whole) == len(types)
    assert [plant.code for plant in paged] == [plant.code for plant in whole]


def test_more_rows_are_indexed_together_than_a_statement_has_parameters(databases: Databases) -> None:
    plants = [Plant(id=id_, code="P", name="x", time_zone="UTC") for id_ in [new_id()] * 66_000]
    with databases.session(Database.OPERATIONS, Scope(new_id())) as session:
        Search("nothing").index(session, *plants)


def cursor_of(content: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode()


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "%",
        "ä",
        "not base64!",
        "AAAA",
        cursor_of([]),
        cursor_of({}),
        cursor_of(1),
        cursor_of(["code", 7, ROW]),
        cursor_of(["code", "P1", "seventeen"]),
        cursor_of(["code", "P1", None]),
        cursor_of(["code", "\x00", ROW]),
        cursor_of(["-code", "P1", ROW]),
        cursor_of(["name", "P1", ROW]),
    ],
)
def test_a_garbled_cursor_is_refused(admin: SignedIn, cursor: str) -> None:
    answer = admin.get("/plants", params={"cursor": cursor})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "cursor"


@given(cursor=st.text(max_size=60))
@settings(max_examples=100)
def test_any_text_as_cursor_is_refused_or_read(databases: Databases, cursor: str) -> None:
    with databases.session(Database.OPERATIONS, Scope(new_id())) as session, pytest.raises(Invalid):
        ORDER.page(session, select(Plant), ListRequest(cursor=cursor), Plant.id)


def test_an_unknown_sort_names_the_known(admin: SignedIn) -> None:
    answer = admin.get("/plants", params={"sort": "-colour"})
    assert answer.status_code == 422
    assert "code, name, updated_at" in answer.json()["detail"]


def test_tokens_of_a_code_begin_with_any_part_of_it() -> None:
    tokens = code_tokens("PX-17 a")
    assert all(any(token.startswith(part) for token in tokens) for part in ("p", "x-1", "17", "7", "a", "px-17"))


def test_words_lose_case_and_accents() -> None:
    assert word_tokens("Straße  Été") == {"strasse", "ete"}


def test_search_uses_the_index_under_row_level_security(cluster: Cluster, owner_urls: dict[Database, str]) -> None:
    scope = Scope(new_id())
    with cluster.connect(make_url(owner_urls[Database.OPERATIONS]).database or "") as connection:
        connection.execute(
            "insert into search_tokens (organization_id, token, kind, entity_id)"
            " select %s, n::text, 'plant', gen_random_uuid() from generate_series(1, 20000) as n",
            [scope.organization_id],
        )
        connection.execute("analyze search_tokens")  # many rows on average, however many organizations other tests made
        for name, value in scope.settings().items():
            connection.execute("select set_config(%s, %s, true)", [name, value])
        connection.execute("set local role unison_runtime")
        plan = connection.execute("explain select entity_id from search_tokens where kind = 'plant' and token ^@ 'ber'")
        shown = "\n".join(line for (line,) in plan)
        connection.rollback()
    condition = next(line for line in shown.splitlines() if "Index Cond" in line)
    assert "token >= 'ber'" in condition
