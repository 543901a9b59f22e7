"""What a person prefers: one row of their own, made when they first choose something."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from unison_domain.identity.notification_contracts import CALLS
from unison_domain.identity.preference_contracts import PreferencesAnswer, PreferencesReplace, PreferencesUpdate

from unison_server.identity.notification_tables import UserPreferences
from unison_server.kernel.database import TenantSession
from unison_server.kernel.errors import Clash
from unison_server.kernel.keys import new_id
from unison_server.kernel.outbox import record

CHANGED = "identity.preferences.changed"
"""Happens to a person, who alone is told."""


def preferences_of(session: TenantSession, user_id: UUID) -> PreferencesAnswer:
    """Of one person; version 0 while they chose nothing."""
    row = session.scalar(select(UserPreferences).where(UserPreferences.user_id == user_id))
    return PreferencesAnswer(version=0) if row is None else PreferencesAnswer.model_validate(row)


def replace_preferences(
    session: TenantSession, user_id: UUID, wanted: PreferencesReplace, seen: int
) -> PreferencesAnswer:
    """Set all that the program knows; of two at once who saw the same version one is written.

    Raises:
        Clash: they were changed since version `seen`; carries them as they are now.
    """
    values = _given(wanted)
    if "by_kind" in values:
        values["by_kind"] = {**_kinds_left_out(session, user_id, wanted), **values["by_kind"]}
    return _set(session, user_id, values, seen)


def update_preferences(
    session: TenantSession, user_id: UUID, wanted: PreferencesUpdate, seen: int
) -> PreferencesAnswer:
    """Set what is given, the rest stays; of two at once who saw the same version one is written.

    Raises:
        Clash: they were changed since version `seen`; carries them as they are now.
    """
    return _set(session, user_id, _given(wanted), seen)


def _given(wanted: PreferencesReplace) -> dict[str, Any]:
    """What the request says, by column."""
    values = wanted.model_dump(mode="json", exclude_unset=True)
    if "by_kind" in values:
        values["by_kind"] = {kind: channel for kind, channel in values["by_kind"].items() if channel is not None}
    return values


def _kinds_left_out(session: TenantSession, user_id: UUID, wanted: PreferencesReplace) -> dict[str, Any]:
    """What was chosen of kinds of calls that the request does not name."""
    chosen = session.scalar(select(UserPreferences.by_kind).where(UserPreferences.user_id == user_id)) or {}
    return {kind: chosen[kind] for kind in CALLS - wanted.by_kind.keys() if kind in chosen}


def _set(session: TenantSession, user_id: UUID, values: dict[str, Any], seen: int) -> PreferencesAnswer:
    if seen == 0:
        _make(session, user_id, {**PreferencesReplace().model_dump(mode="json"), **values})
    else:
        _change(session, user_id, values, seen)
    answer = preferences_of(session, user_id)
    if answer.version != seen:
        record(session, CHANGED, user_id, version=answer.version)
    return answer


def _make(session: TenantSession, user_id: UUID, values: dict[str, Any]) -> None:
    row = {"organization_id": session.organization_id, "id": new_id(), "user_id": user_id, **values}
    statement = insert(UserPreferences).values(row).on_conflict_do_nothing().returning(UserPreferences.id)
    if session.scalar(statement) is None:
        raise _clash(session, user_id, 0)


def _change(session: TenantSession, user_id: UUID, values: dict[str, Any], seen: int) -> None:
    mine = select(UserPreferences).where(UserPreferences.user_id == user_id).with_for_update()
    row = session.scalar(mine)
    if row is None or row.version != seen:
        raise _clash(session, user_id, seen)
    for name, value in values.items():
        setattr(row, name, value)
    session.flush()


def _clash(session: TenantSession, user_id: UUID, seen: int) -> Clash:
    current = preferences_of(session, user_id)
    return Clash(
        f"Your preferences were changed meanwhile: you saw version {seen}, now it is {current.version}",
        code="version_clash",
        current=current.model_dump(mode="json"),
    )
