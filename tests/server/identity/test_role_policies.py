"""Roles from and to a policy file of Casbin, which answers by it as we do: all or nothing, and again nothing."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import casbin  # type: ignore[import-untyped] # it says nothing of its types
import httpx
import pytest
from casbin.persist.adapters.string_adapter import StringAdapter  # type: ignore[import-untyped]
from unison_domain.identity.contracts import RoleCode

from tests.server.factories import Made
from tests.server.serving import SignedIn, address, admin, app, client, made, sign_in

__all__ = ["address", "admin", "app", "client", "made"]

MODEL = """
[request_definition]
r = sub, obj, act
[policy_definition]
p = sub, obj, act
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = r.sub == p.sub && r.obj == p.obj && r.act == p.act
"""
CLERK = {"code": "night_clerk", "name": "Clerk at night", "permissions": ["sites.plant.read", "codes.scan.read"]}
READS = "p, night_clerk, sites.plant, read\np, porter, sites.plant, read\n"


def body(text: str, **more: Any) -> dict[str, Any]:
    return {"file": b64encode(text.encode()).decode(), **more}


def preview(admin: SignedIn, text: str) -> dict[str, Any]:
    answer = admin.post("/roles/import/preview", body(text))
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def given(admin: SignedIn) -> dict[str, set[str]]:
    """What each role in use gives."""
    roles = admin.get("/roles").json()["items"]
    return {role["code"]: set(role["permissions"]) for role in roles if role["is_active"]}


def exported(admin: SignedIn) -> str:
    answer = admin.get("/roles/policy.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["X-Rows"] == str(preview(admin, answer.text)["rows"])
    return answer.text


def test_casbin_answers_by_the_file_as_we_do(admin: SignedIn) -> None:
    admin.post("/roles", CLERK).raise_for_status()
    model = casbin.model.Model()
    model.load_model_from_text(MODEL)
    enforcer = casbin.Enforcer(model, StringAdapter(exported(admin)))
    roles, known = given(admin), admin.get("/permissions").json()["items"]
    for code, permissions in roles.items():
        held = {one for one in known if enforcer.enforce(code, *one.rsplit(".", 1))}
        assert held == permissions.intersection(known), code


def test_its_own_file_changes_nothing(admin: SignedIn) -> None:
    admin.post("/roles", CLERK).raise_for_status()
    told = preview(admin, exported(admin))
    assert (told["errors"], told["changes"]) == ([], [])
    assert told["rows"] > 100


def test_roles_are_made_changed_and_brought_back_as_was_seen(admin: SignedIn) -> None:
    clerk = admin.post("/roles", CLERK).json()
    before = given(admin)
    told = preview(admin, READS)
    assert told["changes"] == [
        {"row": 1, "code": "night_clerk", "action": "update", "changes": ["-codes.scan.read"]},
        {"row": 2, "code": "porter", "action": "create", "changes": ["+sites.plant.read"]},
    ]
    assert given(admin) == before
    admin.post("/roles/import", body(READS, seen=told["seen"])).raise_for_status()
    assert given(admin) == {**before, "night_clerk": {"sites.plant.read"}, "porter": {"sites.plant.read"}}
    assert preview(admin, READS)["changes"] == []
    again = admin.get(f"/roles/{clerk['id']}")
    assert again.json()["name"] == "Clerk at night"
    admin.send("DELETE", f"/roles/{clerk['id']}", headers={"If-Match": again.headers["ETag"]}).raise_for_status()
    assert [one["action"] for one in preview(admin, READS)["changes"]] == ["reactivate"]


def test_another_preview_is_asked_for_where_roles_changed_since(admin: SignedIn) -> None:
    seen = preview(admin, READS)["seen"]
    admin.post("/roles", CLERK).raise_for_status()
    clash = admin.post("/roles/import", body(READS, seen=seen))
    assert (clash.status_code, clash.json()["code"]) == (409, "changed_since_preview")
    assert "porter" not in given(admin)


WRONG = """p, porter, sites.plant, read
p, porter, sites.plant, admire
p, planner, sites.plant, read
g, anna, porter
"""


def test_all_mistakes_are_told_and_nothing_is_done(admin: SignedIn) -> None:
    errors = preview(admin, WRONG)["errors"]
    assert [(error["row"], error["value"]) for error in errors] == [
        (2, "sites.plant.admire"),
        (3, "planner"),
        (4, "g, anna, porter"),
    ]
    refused = admin.post("/roles/import", body(WRONG))
    assert (refused.status_code, refused.json()["code"], len(refused.json()["errors"])) == (422, "policy_invalid", 3)
    assert "porter" not in given(admin)


@pytest.mark.parametrize("file", [b"\x00\xff\xfe", b"p, \x81, sites.plant, read"])
def test_what_is_no_text_is_told(admin: SignedIn, file: bytes) -> None:
    answer = admin.post("/roles/import", {"file": b64encode(file).decode()})
    assert answer.status_code == 422
    assert answer.json()["code"] == "policy_invalid"


def test_nobody_gives_a_role_by_file_what_they_lack(admin: SignedIn, client: httpx.Client, made: Made) -> None:
    permissions = ["identity.role.import", "identity.role.read", "sites.plant.read"]
    admin.post("/roles", {"code": "importer", "name": "Importer", "permissions": permissions}).raise_for_status()
    ines_id = made.add_user("ines", roles=[])
    admin.post(f"/users/{ines_id}/assign-role", {"role": "importer"}, headers={"If-Match": '"1"'}).raise_for_status()
    ines = sign_in(client, made, "ines")
    ines.post("/roles/import", body("p, porter, sites.plant, read\n")).raise_for_status()
    errors = preview(ines, "p, porter, sites.plant, update\n")["errors"]
    assert [error["value"] for error in errors] == ["porter"]
    assert "sites.plant.update" in errors[0]["message"]
    made.add_user("otto", roles=[RoleCode.OPERATOR])
    assert sign_in(client, made, "otto").post("/roles/import", body(READS)).status_code == 403
