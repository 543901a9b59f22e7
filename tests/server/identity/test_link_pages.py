"""What somebody does who opens a link of a message, in a real browser."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import httpx
import pytest
from unison_domain.identity.invitation_contracts import InvitationAccept
from unison_domain.identity.password_reset_contracts import ResetPassword
from unison_domain.identity.setting_contracts import PASSWORD_LENGTH
from unison_server.identity import (
    breached_passwords,
    common_passwords,
    invitations,
    link_pages_api,
    password_resets,
    password_rules,
)
from unison_server.kernel.errors import TooMany, Unavailable

from tests.server.factories import Made
from tests.server.identity.test_settings import set_to
from tests.server.serving import SignedIn, sign_in
from tests.station_agent.operator.chromium import MISSING, PROGRAM, Browser

in_browser = pytest.mark.skipif(PROGRAM is None, reason=MISSING)
CHOSEN = "four words put together"


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    with Browser(tmp_path / "profile") as browser:
        yield browser
        assert browser.problems == []


def fill(browser: Browser, **values: str) -> None:
    """Type into the form and send it."""
    browser.until("!document.forms[0].hidden")
    for name, value in values.items():
        browser.run(f"document.forms[0].elements[{json.dumps(name)}].value = {json.dumps(value)}")
    browser.tap("form button")


def until_said(browser: Browser, selector: str, words: str) -> None:
    browser.until(f"document.querySelector({json.dumps(selector)}).innerText.includes({json.dumps(words)})")


def opened(browser: Browser, address: str, link: str) -> None:
    """Open the link's page at the server of the test."""
    browser.open(address + link[link.index("/", len("https://")) :])


@in_browser
def test_somebody_invited_makes_an_account(
    browser: Browser, admin: SignedIn, made: Made, client: httpx.Client, address: str
) -> None:
    invitation = {"email": "ida@example.org", "roles": ["operator"]}
    link = admin.post("/invitations", invitation).json()["link"]
    opened(browser, address, link)
    until_said(browser, "#intro", "Anna invites you (ida@example.org)")
    fill(browser, full_name="Ida Ilse", username="anna", password=CHOSEN, again="other words entirely")
    until_said(browser, "#said", "The two passwords differ")
    fill(browser, again=CHOSEN)
    until_said(browser, "#said", "User name is taken: somebody signs in with it")
    fill(browser, username="")
    browser.run("document.forms[0].requestSubmit()")  # as a second click does
    until_said(browser, "#intro", f"server {address}, organization {made.code}, user ida@example.org.")
    browser.until("!document.querySelector('form button').disabled")
    assert browser.run("document.getElementById('said').textContent") == ""
    assert sign_in(client, made, "ida@example.org", CHOSEN).get("/auth/me").json()["full_name"] == "Ida Ilse"


@in_browser
def test_pages_tell_the_length_that_the_organization_wants(
    browser: Browser, admin: SignedIn, made: Made, address: str
) -> None:
    ben = made.add_user("ben")
    set_to(admin, PASSWORD_LENGTH, 20)
    invited = admin.post("/invitations", {"email": "ida@example.org", "roles": []}).json()["link"]
    for link in (invited, admin.post(f"/users/{ben}/password-reset").json()["link"]):
        opened(browser, address, link)
        browser.until("!document.forms[0].hidden")
        assert browser.run("document.getElementById('least').innerText") == "20"
        assert browser.run("document.forms[0].elements.password.minLength") == 20
        browser.open("about:blank")


@in_browser
def test_somebody_sets_a_new_password(
    browser: Browser, admin: SignedIn, made: Made, client: httpx.Client, address: str
) -> None:
    link = admin.post(f"/users/{made.add_user('ida')}/password-reset").json()["link"]
    opened(browser, address, link)
    until_said(browser, "#intro", f"A password for ida at Company {made.code}. All programs you are signed in with")
    fill(browser, password="sunshine", again="sunshine")
    until_said(browser, "#said", "Password is among the first that are guessed")
    fill(browser, password=CHOSEN, again=CHOSEN)
    until_said(browser, "#intro", f"server {address}, organization {made.code}, user ida.")
    sign_in(client, made, "ida", CHOSEN)


@in_browser
@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("/accept-invitation", "This link is not whole"),
        (f"/accept-invitation#invitation_{'0' * 32}_x", "This link opens nothing"),
        ("/reset-password", "This link is not whole"),
    ],
)
def test_a_link_that_opens_nothing_says_so(browser: Browser, address: str, page: str, words: str) -> None:
    browser.open(address + page)
    until_said(browser, "#said", words)
    assert browser.run("document.forms[0].hidden")


@in_browser
def test_who_reads_german_is_spoken_to_in_german(
    tmp_path: Path, admin: SignedIn, made: Made, client: httpx.Client, address: str
) -> None:
    link = admin.post("/invitations", {"email": "ida@example.org", "roles": ["operator"]}).json()["link"]
    with Browser(tmp_path / "german", language="de") as browser:
        opened(browser, address, link)
        until_said(browser, "#intro", "Anna lädt ida@example.org zu")
        fill(browser, full_name="Ida Ilse", username="anna", password=CHOSEN, again="other words entirely")
        until_said(browser, "#said", "Die beiden Kennwörter sind verschieden")
        fill(browser, password="sunshine", again="sunshine")
        until_said(browser, "#said", "Dieses Kennwort wird mit als Erstes erraten")
        fill(browser, password=CHOSEN, again=CHOSEN)
        until_said(browser, "#said", "Dieser Name ist vergeben")
        fill(browser, username="")
        until_said(browser, "#intro", f"Organisation {made.code}, Benutzer ida@example.org.")
        browser.open("about:blank")
        opened(browser, address, link)
        until_said(browser, "#said", "Diese Einladung ist schon angenommen")
        assert browser.problems == []
    sign_in(client, made, "ida@example.org", CHOSEN)


def codes_of(module: ModuleType, pattern: str) -> set[str]:
    return set(re.findall(pattern, inspect.getsource(module)))


def test_every_refusal_of_these_pages_is_known_in_german() -> None:
    raised = {
        *(Unavailable.code, TooMany.code, "organization_inactive", "taken", "inactive"),
        *codes_of(invitations, r'code="(invitation_\w+)"'),
        *codes_of(password_resets, r'code="(reset_\w+)"'),
        *codes_of(password_rules, r'_refused\(field, "(\w+)"'),
        *codes_of(breached_passwords, r'code="(\w+)"'),
        *codes_of(common_passwords, r'code="(\w+)"'),
    }
    assert {"invitation_void", "reset_used", "breached", "too_short", "breached_unreadable", "common"} <= raised
    page = (Path(link_pages_api.__file__).parent / "link_pages" / "page.js").read_text(encoding="utf-8")
    german = page[page.index("  de: {") :]
    assert {code for code in raised if f"{code}: " not in german} == set()
    chosen = {*InvitationAccept.model_fields, *ResetPassword.model_fields} - {"token"}
    unfit = german[german.index("unfit: {") :]
    assert {field for field in chosen if f"{field}: " not in unfit} == set()


@pytest.mark.parametrize("path", ["/accept-invitation", "/reset-password"])
def test_pages_are_the_same_in_every_language(client: httpx.Client, path: str) -> None:
    english, german = (client.get(path, headers={"Accept-Language": one}).text for one in ("fr, en;q=0.8", "de-AT"))
    assert ('lang="en"' in english, 'lang="de"' in german) == (True, True)
    assert re.findall(r'(?:name|id|autocomplete|length)="[^"]*"', english) == re.findall(
        r'(?:name|id|autocomplete|length)="[^"]*"', german
    )


@pytest.mark.parametrize(
    "path", ["/accept-invitation", "/reset-password", "/link-pages/page.js", "/link-pages/page.css"]
)
def test_pages_load_nothing_from_elsewhere_and_tell_nobody(client: httpx.Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert "//" not in answer.text.replace("\n//", "")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert (answer.headers["cache-control"], answer.headers["referrer-policy"]) == ("no-store", "no-referrer")
    assert client.get("/link-pages/../tables.py").status_code == 404
    assert client.get("/link-pages/tables.py").status_code == 422
