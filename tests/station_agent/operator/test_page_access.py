"""Who is let in to the operator page, and what it may load."""

from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from unison_station.agent import Agent
from unison_station.operator import pages

from tests.station_agent.configurations import configuration
from tests.station_agent.operator.shop import BENCH
from tests.station_agent.operator.talk import Page


def test_stations_are_chosen_once_and_named_in_the_address(client: httpx.Client, tmp_path: Path) -> None:
    chooser = client.get("/station").text
    assert 'href="/station/S1"' in chooser
    assert 'href="/station/S%2F2%20%C3%BC"' in chooser
    assert "Hall &lt;2&gt;" in chooser
    assert client.get("/station/S%2F2%20%C3%BC").status_code == 200
    assert client.get("/station/gone").headers["Location"] == "/station"
    only = configuration()
    with (
        Agent(tmp_path / "one", configuration=only) as one,
        httpx.Client(base_url=one.health.url, trust_env=False) as other,
    ):
        assert other.get("/station").headers["Location"] == "/station/S1"
    with Agent(tmp_path / "none", configuration=only.model_copy(update={"stations": ()})) as none:
        assert "This agent has no station yet" in httpx.get(none.health.url + "station", trust_env=False).text


def test_it_speaks_the_language_of_the_browser(client: httpx.Client) -> None:
    for accepted, language in (("de-CH,de;q=0.9,en;q=0.5", "de"), ("fr", "en"), ("en;q=x,de;q=0", "en"), ("", "en")):
        assert f'<html lang="{language}">' in client.get("/station/S1", headers={"Accept-Language": accepted}).text


def test_other_hosts_and_origins_are_refused(client: httpx.Client, page: Page) -> None:
    """A page elsewhere reaches this address through a browser, by a name of its own or from its own origin."""
    for path in ("/station", "/station/S1", "/station/S1/news", "/operator/page.js"):
        assert client.get(path, headers={"Host": "evil.example"}).status_code == 403
    assert client.post("/station/S1/say", headers={"Host": "evil.example"}).status_code == 403
    wrong: tuple[dict[str, str], ...] = (
        {"Origin": "http://evil.example"},
        {"Origin": ""},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"X-Unison-Token": "guess"},
        {"X-Unison-Token": ""},
    )
    for headers in wrong:
        assert page.say("call", headers, machine_id=str(BENCH), called="setter").status_code == 403
    assert page.say("call", {"Content-Type": "text/plain"}, machine_id=str(BENCH), called="setter").status_code == 415
    assert page.machine("B1")["calls"] == []


def test_the_page_may_load_nothing_from_elsewhere_nor_be_framed(client: httpx.Client, page: Page) -> None:
    answer = client.get("/station/S1")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["Cache-Control"] == "no-store"
    assert page.token not in answer.text


def test_names_end_no_block_of_the_page(tmp_path: Path) -> None:
    base = configuration()
    station = base.stations[0].model_copy(update={"name": "</script><script>alert(1)</script>"})
    with Agent(tmp_path, configuration=base.model_copy(update={"stations": (station,)})) as agent:
        text = httpx.get(agent.health.url + "station/S1", trust_env=False).text
    assert "<script>alert" not in text


def test_bad_input_is_answered_with_words(page: Page, client: httpx.Client) -> None:
    for body, words in (
        (b"{", "JSON"),
        (b"[]", "object"),
        (b'{"do":"dance"}', "dance"),
        (b'{"do":"call","id":"x"}', "id"),
        (b'{"do":"call","id":"018f6f4e-0000-7000-8000-000000000000","machine_id":"x","called":"setter"}', "machine_id"),
    ):
        answer = page.post(body)
        assert answer.status_code == 422, answer.text
        assert words in answer.json()["message"]
    assert page.say("call", machine_id=str(BENCH), called="setter", person="").status_code == 422
    assert page.say("call", machine_id=str(BENCH), called="wizard").status_code == 422
    assert page.say("call", machine_id=str(uuid4()), called="setter").status_code == 404
    assert page.post(b" " * 20_000).status_code == 413
    assert client.post("/station/gone/say").status_code == 404
    assert client.get("/station/S1/elsewhere").status_code == 404
    assert client.get("/operator/../health/server.py").status_code == 404


def test_too_many_open_pages_are_told_to_wait(
    page: Page, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "MOST_STREAMS", 1)
    with page.news() as news:
        next(news)
        assert client.get("/station/S1/news").status_code == 503
    with page.news() as news:
        assert next(news)[0] == "hello"
