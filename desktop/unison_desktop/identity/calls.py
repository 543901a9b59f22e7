"""Requests about signing in, people, badges, invitations, inbox, preferences, and the keys of programs."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, SecretStr, field_serializer
from PySide6.QtCore import QObject
from unison_domain.identity.api_key_contracts import ApiKeyAnswer, ApiKeyMade
from unison_domain.identity.badge_contracts import BadgeAnswer, SignOnRulesAnswer
from unison_domain.identity.contracts import (
    Login,
    Me,
    PlantAssignment,
    Refresh,
    RoleAssignment,
    Tokens,
    UserAnswer,
    UserUpdate,
    WarehouseAssignment,
)
from unison_domain.identity.invitation_contracts import InvitationAnswer, InvitationMade
from unison_domain.identity.message_contracts import MessageAnswer
from unison_domain.identity.mfa_contracts import (
    MfaAnswer,
    RecoveryCodes,
    SecondFactorCount,
    SecondFactorStanding,
    TotpBegun,
)
from unison_domain.identity.notification_contracts import InboxPage, NotificationAnswer, ReadAll, ReadAllAnswer
from unison_domain.identity.organization_contracts import PracticeSignIn
from unison_domain.identity.people_csv import PeopleImport, PeopleImportProgress, PeoplePreview
from unison_domain.identity.preference_contracts import PreferencesAnswer
from unison_domain.identity.role_contracts import EffectivePermissions, RoleAnswer
from unison_domain.identity.role_policy import PolicyImport, PolicyPreview
from unison_domain.kernel.contracts import Page
from unison_domain.sites.contracts import WarehouseAnswer

from unison_desktop.kernel.client import IN_USE, ApiClient, Call, ListCall

NEWEST = 500
"""So many invitations, messages and notifications are read at once."""

Assignment = RoleAssignment | PlantAssignment | WarehouseAssignment
"""One right that is given or taken."""

_FILE_TIME_OUT_MS = 300_000
"""Of a file of people: a row takes the server 2 to 5 ms, more where it is busy, and it answers when all are done."""
_ASSIGN: dict[type[BaseModel], str] = {
    RoleAssignment: "assign-role",
    PlantAssignment: "assign-plant",
    WarehouseAssignment: "assign-warehouse",
}


class _SentLogin(Login):
    """A login whose secrets are written out: pydantic hides them, also from the server."""

    @field_serializer("password", "second_factor")
    def _reveal(self, secret: SecretStr | None) -> str | None:
        return None if secret is None else secret.get_secret_value()


def log_in(
    client: ApiClient, organization: str, user: str, password: str, second_factor: str, *, pc: str, owner: QObject
) -> Call:
    """Sign in; `done` brings `Tokens`. What may be left out is, where it is empty."""
    body = _SentLogin(
        organization=organization or None,
        user=user,
        password=SecretStr(password),
        second_factor=SecretStr(second_factor) if second_factor else None,
        client=f"Desktop on {pc}",
    )
    return client.post("/auth/login", body, read=Tokens, owner=owner, signed=False)


def log_out(client: ApiClient, refresh_token: str, *, owner: QObject) -> Call:
    """End the session on the server; the tokens are worthless afterwards."""
    return client.post("/auth/logout", Refresh(refresh_token=refresh_token), read=None, owner=owner)


def go_to_practice(client: ApiClient, *, pc: str, owner: QObject) -> Call:
    """A session of oneself in the practice organization; `done` brings `Tokens`."""
    body = PracticeSignIn(client=f"Desktop on {pc}")
    return client.post("/practice-organization/sign-in", body, read=Tokens, owner=owner)


def me(client: ApiClient, *, owner: QObject) -> Call:
    """Who is signed in; `done` brings `Me`."""
    return client.get("/auth/me", read=Me, owner=owner)


def people(client: ApiClient, *, owner: QObject) -> ListCall:
    """Everybody, also those who are deactivated; `done` brings a list of `UserAnswer`."""
    return client.get_all("/users", item=UserAnswer, owner=owner)


def make_person(client: ApiClient, body: BaseModel, *, key: UUID, owner: QObject) -> Call:
    """A new person; `done` brings the `UserAnswer`."""
    return client.post("/users", body, read=UserAnswer, key=key, owner=owner)


def change_person(client: ApiClient, id_: UUID, body: UserUpdate, *, version: int, owner: QObject) -> Call:
    """Change what is given of a person; `done` brings the `UserAnswer`."""
    return client.patch(f"/users/{id_}", body, version=version, read=UserAnswer, owner=owner)


def deactivate_person(client: ApiClient, person: UserAnswer, *, owner: QObject) -> Call:
    """Let somebody in no more; `done` brings the `UserAnswer`."""
    return client.delete(f"/users/{person.id}", version=person.version, read=UserAnswer, owner=owner)


def assign(client: ApiClient, id_: UUID, body: Assignment, *, version: int, owner: QObject) -> Call:
    """Give or take a role, or the rights in a place; `done` brings the `UserAnswer`."""
    path = f"/users/{id_}/{_ASSIGN[type(body)]}"
    return client.post(path, body, version=version, read=UserAnswer, owner=owner)


def people_csv(client: ApiClient, *, owner: QObject) -> Call:
    """All active people with their rights as a CSV file; `done` brings its text."""
    return client.get_text("/users/people.csv", owner=owner)


def preview_people(client: ApiClient, body: PeopleImport, *, owner: QObject) -> Call:
    """What a CSV file would do; `done` brings a `PeoplePreview`."""
    return client.post("/users/import/preview", body, read=PeoplePreview, owner=owner, time_out_ms=_FILE_TIME_OUT_MS)


def import_people(client: ApiClient, body: PeopleImport, *, key: UUID, owner: QObject) -> Call:
    """Do what was seen in the preview; `done` brings the `PeoplePreview` of what was done."""
    path, time_out = "/users/import", _FILE_TIME_OUT_MS
    return client.post(path, body, read=PeoplePreview, key=key, owner=owner, time_out_ms=time_out)


def people_progress(client: ApiClient, progress_id: UUID, *, owner: QObject) -> Call:
    """How far a preview or import of people is; `done` brings a `PeopleImportProgress`."""
    return client.get(f"/users/import/progress/{progress_id}", read=PeopleImportProgress, owner=owner)


def roles(client: ApiClient, *, owner: QObject) -> Call:
    """System roles and the organization's own; `done` brings a list of `RoleAnswer`."""
    return client.get_list("/roles", item=RoleAnswer, owner=owner)


def role_policy(client: ApiClient, *, owner: QObject) -> Call:
    """Roles in use as a policy file of Casbin; `done` brings its text."""
    return client.get_text("/roles/policy.csv", owner=owner)


def preview_roles(client: ApiClient, body: PolicyImport, *, owner: QObject) -> Call:
    """What a policy file would do; `done` brings a `PolicyPreview`."""
    return client.post("/roles/import/preview", body, read=PolicyPreview, owner=owner)


def import_roles(client: ApiClient, body: PolicyImport, *, key: UUID, owner: QObject) -> Call:
    """Do what was seen in the preview; `done` brings the `PolicyPreview` of what was done."""
    return client.post("/roles/import", body, read=PolicyPreview, key=key, owner=owner)


def make_role(client: ApiClient, body: BaseModel, *, key: UUID, owner: QObject) -> Call:
    """A role of the organization's own; `done` brings the `RoleAnswer`."""
    return client.post("/roles", body, read=RoleAnswer, key=key, owner=owner)


def change_role(client: ApiClient, id_: UUID, body: BaseModel, *, version: int, owner: QObject) -> Call:
    """Set all of one, and bring it back where it was deactivated; `done` brings the `RoleAnswer`."""
    return client.put(f"/roles/{id_}", body, version=version, read=RoleAnswer, owner=owner)


def deactivate_role(client: ApiClient, role: RoleAnswer, *, owner: QObject) -> Call:
    """Let one of the organization's own give nothing any more; `done` brings the `RoleAnswer`."""
    return client.delete(f"/roles/{role.id}", version=role.version, read=RoleAnswer, owner=owner)


def may(client: ApiClient, user_id: UUID, *, owner: QObject) -> Call:
    """What a person may do, and by which roles; `done` brings `EffectivePermissions`."""
    return client.get(f"/users/{user_id}/permissions", read=EffectivePermissions, owner=owner)


def warehouses(client: ApiClient, *, owner: QObject) -> ListCall:
    """Warehouses in use, in which rights are given; `done` brings a list of `WarehouseAnswer`."""
    return client.get_all("/warehouses", item=WarehouseAnswer, query=IN_USE, owner=owner)


def inbox(client: ApiClient, is_read: bool | None, *, owner: QObject) -> ListCall:
    """What one was told, newest first; `done` brings a list of `NotificationAnswer`."""
    query = {"is_read": _flag(is_read)}
    return client.get_all("/notifications", item=NotificationAnswer, query=query, owner=owner, most=NEWEST)


def unread(client: ApiClient, *, owner: QObject) -> Call:
    """How much of it is unread; `done` brings an `InboxPage` of the newest."""
    return client.get("/notifications", query={"is_read": "false", "limit": 1}, read=InboxPage, owner=owner)


def read_notification(client: ApiClient, id_: UUID, *, owner: QObject) -> Call:
    """It was seen; `done` brings the `NotificationAnswer`."""
    return client.put(f"/notifications/{id_}/read", None, version=None, read=NotificationAnswer, owner=owner)


def read_notifications(client: ApiClient, until: datetime, *, owner: QObject) -> Call:
    """All that came until then was seen; `done` brings a `ReadAllAnswer`."""
    return client.put("/notifications/read-all", ReadAll(until=until), version=None, read=ReadAllAnswer, owner=owner)


def preferences(client: ApiClient, *, owner: QObject) -> Call:
    """One's own; `done` brings `PreferencesAnswer`."""
    return client.get("/preferences", read=PreferencesAnswer, owner=owner)


def change_preferences(client: ApiClient, body: BaseModel, *, version: int, owner: QObject) -> Call:
    """Set all of them; `done` brings `PreferencesAnswer`."""
    return client.put("/preferences", body, version=version, read=PreferencesAnswer, owner=owner)


def second_factor(client: ApiClient, *, owner: QObject) -> Call:
    """How one's own stands; `done` brings an `MfaAnswer`."""
    return client.get("/mfa", read=MfaAnswer, owner=owner)


def second_factors(client: ApiClient, *, owner: QObject) -> ListCall:
    """Who signs in by a password, and whether they have one; `done` brings a list of `SecondFactorStanding`."""
    return client.get_all("/second-factors", item=SecondFactorStanding, owner=owner)


def second_factor_count(client: ApiClient, *, owner: QObject) -> Call:
    """How many have none; `done` brings the `SecondFactorCount`."""
    return client.get("/second-factors/count", read=SecondFactorCount, owner=owner)


def begin_second_factor(client: ApiClient, body: BaseModel, *, key: UUID, owner: QObject) -> Call:
    """A secret for one's authenticator; `done` brings a `TotpBegun`."""
    return client.post("/mfa/totp", body, read=TotpBegun, key=key, owner=owner)


def confirm_second_factor(client: ApiClient, body: BaseModel, *, key: UUID, owner: QObject) -> Call:
    """Ask for codes from now on; `done` brings `RecoveryCodes`."""
    return client.post("/mfa/totp/confirm", body, read=RecoveryCodes, key=key, owner=owner)


def remove_second_factor(client: ApiClient, body: BaseModel, *, key: UUID, owner: QObject) -> Call:
    """Ask for no code any more; `done` brings None."""
    return client.post("/mfa/totp/remove", body, read=None, key=key, owner=owner)


def new_recovery_codes(client: ApiClient, body: BaseModel, *, key: UUID, owner: QObject) -> Call:
    """Others in place of those before; `done` brings `RecoveryCodes`."""
    return client.post("/mfa/recovery-codes", body, read=RecoveryCodes, key=key, owner=owner)


def take_second_factor(client: ApiClient, id_: UUID, *, owner: QObject) -> Call:
    """Let somebody who lost theirs in by password alone; `done` brings None."""
    return client.delete(f"/users/{id_}/mfa", version=None, read=None, owner=owner)


def api_keys(client: ApiClient, *, owner: QObject) -> ListCall:
    """Keys of programs, newest first, without their secrets; `done` brings a list of `ApiKeyAnswer`."""
    return client.get_all("/api-keys", item=ApiKeyAnswer, owner=owner)


def make_api_key(client: ApiClient, body: BaseModel, *, key: UUID, owner: QObject) -> Call:
    """A new one; `done` brings an `ApiKeyMade`, which alone has the secret."""
    return client.post("/api-keys", body, read=ApiKeyMade, key=key, owner=owner)


def revoke_api_key(client: ApiClient, id_: UUID, *, owner: QObject) -> Call:
    """Let nobody in with it any more; `done` brings the `ApiKeyAnswer`."""
    return client.delete(f"/api-keys/{id_}", version=None, read=ApiKeyAnswer, owner=owner)


def permissions(client: ApiClient, *, owner: QObject) -> Call:
    """All that can be allowed, as `room.thing.verb`; `done` brings a `Page[str]`."""
    return client.get("/permissions", read=Page[str], owner=owner)


def open_invitations(client: ApiClient, *, owner: QObject) -> ListCall:
    """All of which something can still become, newest first; `done` brings a list of `InvitationAnswer`."""
    return client.get_all("/invitations", item=InvitationAnswer, query={"is_open": "true"}, owner=owner)


def invitations(client: ApiClient, *, owner: QObject) -> ListCall:
    """Who was invited, newest first, without their links; `done` brings a list of `InvitationAnswer`."""
    return client.get_all("/invitations", item=InvitationAnswer, owner=owner, most=NEWEST)


def invite(client: ApiClient, body: BaseModel, *, key: UUID, owner: QObject) -> Call:
    """Invite somebody; `done` brings an `InvitationMade`, which alone has the link, where no mail is sent."""
    return client.post("/invitations", body, read=InvitationMade, key=key, owner=owner)


def invite_again(client: ApiClient, id_: UUID, *, owner: QObject) -> Call:
    """With another link, good as the settings say; `done` brings an `InvitationMade`."""
    return client.post(f"/invitations/{id_}/resend", None, read=InvitationMade, owner=owner)


def revoke_invitation(client: ApiClient, id_: UUID, *, owner: QObject) -> Call:
    """Let nobody in by it any more; `done` brings the `InvitationAnswer`."""
    return client.post(f"/invitations/{id_}/revoke", None, read=InvitationAnswer, owner=owner)


def messages(client: ApiClient, *, owner: QObject) -> ListCall:
    """What became of mails to people, newest first; `done` brings a list of `MessageAnswer`."""
    return client.get_all("/messages", item=MessageAnswer, owner=owner, most=NEWEST)


def badges(client: ApiClient, user_id: UUID | None, is_valid: bool | None, *, owner: QObject) -> ListCall:
    """Badges of somebody, or of everybody, newest first; `done` brings a list of `BadgeAnswer`."""
    query = {"user_id": user_id, "is_valid": _flag(is_valid)}
    return client.get_all("/badges", item=BadgeAnswer, query=query, owner=owner)


def give_badge(client: ApiClient, body: BaseModel, *, key: UUID, owner: QObject) -> Call:
    """Hand one out; `done` brings the `BadgeAnswer`."""
    return client.post("/badges", body, read=BadgeAnswer, key=key, owner=owner)


def find_badge(client: ApiClient, body: BaseModel, *, owner: QObject) -> Call:
    """Whose badge is at hand; `done` brings the `BadgeAnswer`."""
    return client.post("/badges/find", body, read=BadgeAnswer, owner=owner)


def lose_badge(client: ApiClient, id_: UUID, body: BaseModel | None = None, *, owner: QObject) -> Call:
    """Somebody lost theirs: it names nobody any more; `done` brings the `BadgeAnswer`."""
    return client.post(f"/badges/{id_}/lost", body, read=BadgeAnswer, owner=owner)


def revoke_badge(client: ApiClient, id_: UUID, body: BaseModel | None = None, *, owner: QObject) -> Call:
    """It was taken back: it names nobody any more; `done` brings the `BadgeAnswer`."""
    return client.post(f"/badges/{id_}/revoke", body, read=BadgeAnswer, owner=owner)


def sign_on_rules(client: ApiClient, *, owner: QObject) -> Call:
    """How people sign on at stations; `done` brings the `SignOnRulesAnswer`."""
    return client.get("/sign-on-rules", read=SignOnRulesAnswer, owner=owner)


def set_sign_on_rules(client: ApiClient, body: BaseModel, *, version: int, owner: QObject) -> Call:
    """Sign on by other rules; `done` brings the `SignOnRulesAnswer`."""
    return client.put("/sign-on-rules", body, version=version, read=SignOnRulesAnswer, owner=owner)


def change_own_password(client: ApiClient, body: BaseModel, *, key: UUID, owner: QObject) -> Call:
    """Another password of one's own; one's other sessions end. `done` brings None."""
    return client.post("/auth/change-password", body, read=None, key=key, owner=owner)


def set_own_pin(client: ApiClient, body: BaseModel, *, key: UUID, owner: QObject) -> Call:
    """Another PIN of one's own; `done` brings None."""
    return client.post("/pin", body, read=None, key=key, owner=owner)


def remove_own_pin(client: ApiClient, body: BaseModel, *, key: UUID, owner: QObject) -> Call:
    """No PIN of one's own any more; `done` brings None."""
    return client.post("/pin/remove", body, read=None, key=key, owner=owner)


def set_pin(client: ApiClient, id_: UUID, body: BaseModel, *, owner: QObject) -> Call:
    """Give somebody another PIN; `done` brings None."""
    return client.put(f"/users/{id_}/pin", body, version=None, read=None, owner=owner)


def remove_pin(client: ApiClient, id_: UUID, *, owner: QObject) -> Call:
    """Let somebody sign on by badge alone; `done` brings None."""
    return client.delete(f"/users/{id_}/pin", version=None, read=None, owner=owner)


def _flag(given: bool | None) -> str | None:
    return None if given is None else str(given).lower()
