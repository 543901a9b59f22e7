"""What else lets somebody in is ended again too: organizations, invitations, links to a password, codes of PCs."""

from __future__ import annotations

from pathlib import Path

import httpx
from sqlalchemy import text
from unison_domain.identity.contracts import RoleCode
from unison_server.cli.taken_away import TakenAway
from unison_server.kernel.backup import backup, restore
from unison_server.kernel.database import Database
from unison_server.kernel.settings import Settings

from tests.server.cli.test_taken_away import agents, chosen
from tests.server.factories import PASSWORD, Made, make_organization
from tests.server.identity.test_invitations import accept, invite, token_of
from tests.server.identity.test_organizations import deactivated
from tests.server.kernel.test_backup import pair
from tests.server.serving import SignedIn, sign_in
from tests.server.stations.test_restored_words import own, served

__all__ = ["own", "pair"]


def another(settings: Settings, made: Made) -> Made:
    system = settings.system_databases()
    organization = make_organization(made.databases, system)
    system.dispose()
    return organization


def restored(made: Made, settings: Settings, folder: Path) -> list[str]:
    made.databases.dispose()
    taken = TakenAway()
    restore(settings, folder, taken.again)
    return sorted(words.removeprefix(f"{made.code}: ") for words in taken.told)


def code_tried(client: httpx.Client, code: str) -> int:
    body = {"code": code, "hostname": "pc-1", "version": "1.0", "platform": "linux"}
    return client.post("/api/v1/stations/enrol", json=body).status_code


def new_version(admin: SignedIn, path: str) -> dict[str, str]:
    return {"If-Match": f'"{admin.get(path).json()["version"]}"'}


def test_a_deactivated_organization_lets_nobody_in(own: tuple[Settings, Made], tmp_path: Path) -> None:
    settings, made = own
    made.add_user("root", roles=[RoleCode.SUPERADMIN])
    other = another(settings, made)
    other.add_user("bert")
    login = {"organization": other.code, "user": "bert", "password": PASSWORD}
    with served(settings) as client:
        root = sign_in(client, made, "root")
        berts = sign_in(client, other, "bert")
        backup(settings, tmp_path / "monday")
        version = root.get(f"/organizations/{other.id}").json()["version"]
        assert deactivated(root, other.id, version).status_code == 200
    assert restored(made, settings, tmp_path / "monday") == [f"{other.code}: the organization is deactivated"]
    with served(settings) as client:
        refresh = client.post("/api/v1/auth/refresh", json={"refresh_token": berts.refresh_token})
        assert (client.post("/api/v1/auth/login", json=login).status_code, refresh.status_code) == (401, 401)
        root = sign_in(client, made, "root")
        assert root.get(f"/organizations/{other.id}").json()["is_active"] is False


def test_nobody_of_another_organization_is_signed_out(own: tuple[Settings, Made], tmp_path: Path) -> None:
    settings, made = own
    others = [another(settings, made) for _ in range(2)]
    ids = {"real": others[0].id, "id": others[1].id}
    with made.databases.session(Database.IDENTITY, others[1].scope) as session:
        session.execute(text("update organizations set practice_of = :real where id = :id"), ids)
    with served(settings) as client:
        annas = sign_in(client, made)
        backup(settings, tmp_path / "monday")
    with made.databases.session(Database.IDENTITY, others[0].scope) as session:
        session.execute(text("update organizations set is_active = false where id = :id"), {"id": others[0].id})
    assert restored(made, settings, tmp_path / "monday") == [f"{others[0].code}: the organization is deactivated"]
    with served(settings) as client:
        refresh = client.post("/api/v1/auth/refresh", json={"refresh_token": annas.refresh_token})
        assert refresh.status_code == 200, refresh.text


def test_its_practice_organization_is_retired_with_it(own: tuple[Settings, Made], tmp_path: Path) -> None:
    settings, made = own
    other = another(settings, made)
    practice = another(settings, made)
    ids = {"real": other.id, "id": practice.id}
    with made.databases.session(Database.IDENTITY, practice.scope) as session:
        session.execute(text("update organizations set practice_of = :real where id = :id"), ids)
    backup(settings, tmp_path / "monday")
    with made.databases.session(Database.IDENTITY, other.scope) as session:
        session.execute(text("update organizations set is_active = false where id = :id"), {"id": other.id})
    assert restored(made, settings, tmp_path / "monday") == [f"{other.code}: the organization is deactivated"]
    with made.databases.session(Database.IDENTITY, made.scope) as session:
        active = set(session.execute(text("select id from organizations where is_active")).scalars())
    assert not active & {other.id, practice.id}


def test_invitations_that_ended_let_nobody_in(own: tuple[Settings, Made], tmp_path: Path) -> None:
    settings, made = own
    with served(settings) as client:
        admin = sign_in(client, made)
        made_then = {name: invite(admin, email=f"{name}@example.org") for name in ("off", "used", "anew", "open")}
        backup(settings, tmp_path / "monday")
        assert admin.post(f"/invitations/{made_then['off']['id']}/revoke").status_code == 200
        assert accept(client, token_of(made_then["used"]), username="used").status_code == 201
        assert admin.post(f"/invitations/{made_then['anew']['id']}/resend").status_code == 200
    assert restored(made, settings, tmp_path / "monday") == [
        "the invitation of anew@example.org is revoked, for it was sent anew since: invite them again",
        "the invitation of off@example.org is revoked",
        "the invitation of used@example.org is revoked, for it was accepted since: invite them again",
    ]
    with served(settings) as client:
        tried = {name: accept(client, token_of(one), username=name).status_code for name, one in made_then.items()}
        assert tried == {"off": 409, "used": 409, "anew": 409, "open": 201}


def test_links_to_a_new_password_that_ended_set_none(own: tuple[Settings, Made], tmp_path: Path) -> None:
    settings, made = own
    people = {name: made.add_user(name) for name in ("ben", "carl", "dora")}
    with served(settings) as client:
        admin = sign_in(client, made)
        links = {name: admin.post(f"/users/{id_}/password-reset").json()["link"] for name, id_ in people.items()}
        backup(settings, tmp_path / "monday")
        assert chosen(client, links["ben"], "four").status_code == 204
        assert chosen(client, links["ben"], "five").status_code == 409
        mail = {"email": "carl@elsewhere.example"}  # another address ends the links that went to the one before
        match = new_version(admin, f"/users/{people['carl']}")
        answer = admin.send("PATCH", f"/users/{people['carl']}", json=mail, headers=match)
        assert answer.status_code == 200, answer.text
        assert chosen(client, links["carl"], "six").status_code == 409
    told = restored(made, settings, tmp_path / "monday")
    assert told == ["links to a new password ended: 2, of Ben, Carl"]
    with served(settings) as client:
        assert {name: chosen(client, link, "seven").status_code for name, link in links.items()} == {
            "ben": 409,
            "carl": 409,
            "dora": 204,
        }


def test_codes_that_ended_enrol_no_pc(own: tuple[Settings, Made], tmp_path: Path) -> None:
    settings, made = own
    with served(settings) as client:
        admin = sign_in(client, made)
        waiting = {name: admin.post("/agents", {"name": name}).json() for name in ("Gone", "Other code", "Waiting")}
        backup(settings, tmp_path / "monday")
        gone, other = (f"/agents/{waiting[name]['agent_id']}" for name in ("Gone", "Other code"))
        assert admin.post(f"{gone}/revoke", headers=new_version(admin, gone)).status_code == 200
        assert admin.post(f"{other}/code").status_code == 201
    assert restored(made, settings, tmp_path / "monday") == [
        "the PC Gone is revoked",
        "the code of the PC Other code has ended: give it a new one",
    ]
    with served(settings) as client:
        tried = {name: code_tried(client, one["code"]) for name, one in waiting.items()}
        assert tried == {"Gone": 422, "Other code": 422, "Waiting": 200}
    assert agents(made) == {"Gone": "revoked", "Other code": "waiting", "Waiting": "enrolled"}
