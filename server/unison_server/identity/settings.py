"""Settings of organizations and of the server: what holds, and changing it.

What the server sets for all lies in `platform_settings`, which requests read and can't write: it is written as the
system role, together with the entry in the audit of who did it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Session
from unison_domain.identity.overrides import OverrideKind
from unison_domain.identity.setting_contracts import (
    COUNTERSIGNED,
    SETTINGS,
    AnySetting,
    Setting,
    SettingAnswer,
    SettingSource,
    SettingValue,
)
from unison_domain.kernel.contracts import FieldError

from unison_server.identity.setting_tables import SettingRow
from unison_server.kernel.audit import record_elsewhere
from unison_server.kernel.database import TenantSession
from unison_server.kernel.errors import Clash, Invalid, NotAllowed, NotFound
from unison_server.kernel.orm import Identity
from unison_server.kernel.outbox import record

T = TypeVar("T", int, bool, str)
OF_ORGANIZATION, OF_SERVER = "identity.setting.update", "platform.setting.update"
"""Who may change what an organization sets, and what the server does."""
_platform = Identity.metadata.tables["platform_settings"]
_PREFIX = "setting."


@dataclass(frozen=True, slots=True)
class _OfServer:
    """What the server sets, as it is kept."""

    value: SettingValue | None
    version: int
    updated_at: datetime
    updated_by: UUID


def setting_of(session: TenantSession, setting: Setting[T]) -> T:
    """The value that holds in the session's organization."""
    return setting_in(session, session.organization_id, setting)


def setting_in(identity: Connection | Session, organization_id: UUID, setting: Setting[T]) -> T:
    """The same in a named organization, also for the system role."""
    mine = (SettingRow.organization_id == organization_id, SettingRow.key == setting.key)
    own = select(SettingRow.value).where(*mine).scalar_subquery()
    server = select(_platform.c.value["value"]).where(_platform.c.key == _PREFIX + setting.key).scalar_subquery()
    found: T | None = identity.scalar(select(func.coalesce(own, server, type_=JSONB())))
    # One that an earlier version let through, and this one would not, does not hold.
    return setting.default if found is None or setting.refusal_of(found) else found


def settings_of_organization(session: TenantSession) -> list[SettingAnswer]:
    """All settings, as they hold in the session's organization."""
    rows = {row.key: row for row in session.scalars(select(SettingRow))}
    server = _of_server(session)
    return [_answer(setting, rows.get(key), server.get(key)) for key, setting in SETTINGS.items()]


def settings_of_server(session: TenantSession) -> list[SettingAnswer]:
    """All settings, as the server sets them for who sets nothing."""
    server = _of_server(session)
    return [_answer(setting, server.get(key), server.get(key), is_server=True) for key, setting in SETTINGS.items()]


def countersigned_kinds(session: TenantSession) -> frozenset[OverrideKind]:
    """The kinds of overrides that are to be confirmed in the session's organization."""
    values = {answer.key: answer.value for answer in settings_of_organization(session)}
    return frozenset(kind for kind, setting in COUNTERSIGNED.items() if values[setting.key])


def set_here(session: TenantSession, key: str, value: SettingValue | None, seen: int) -> SettingAnswer:
    """Set what holds in the session's organization; None: what the server sets does.

    Raises:
        NotFound: no such setting. NotAllowed: only the server sets it. Invalid: no such value.
        Clash: it was changed meanwhile.
    """
    setting = _of_organization(key)
    _demand_fits(setting, value)
    _take_turns(session, f"setting {key} of {session.organization_id}")
    _demand_seen(seen, _one(key, settings_of_organization(session)))
    row = session.scalar(select(SettingRow).where(SettingRow.key == key))
    if row is None:
        row = SettingRow(key=key)
        session.add(row)
    row.value = value
    session.flush()
    record(session, "identity.setting.updated", row.id, version=row.version)
    return _one(key, settings_of_organization(session))


def set_for_server(session: TenantSession, key: str, value: SettingValue | None, seen: int) -> SettingAnswer:
    """Set what holds wherever an organization sets nothing; None: the default does.

    Args:
        session: of the system role, in the scope of who does it.

    Raises:
        NotFound: no such setting. Invalid: no such value. Clash: it was changed meanwhile.
    """
    _demand_fits(_known(key), value)
    _take_turns(session, _PREFIX + key)
    before = _one(key, settings_of_server(session))
    _demand_seen(seen, before)
    kept = {
        "value": value,
        "version": seen + 1,
        "updated_at": session.scalars(select(func.now())).one().isoformat(),
        "updated_by": str(session.scope.user_id),
    }
    write = insert(_platform).values(key=_PREFIX + key, value=kept)
    session.execute(write.on_conflict_do_update(index_elements=["key"], set_={"value": write.excluded.value}))
    told = {"setting": key, "before": before.own_value, "after": value}
    record_elsewhere(session, None, "set for the whole server", **told)
    return _one(key, settings_of_server(session))


def _of_server(session: TenantSession) -> dict[str, _OfServer]:
    statement = select(_platform.c.key, _platform.c.value).where(_platform.c.key.startswith(_PREFIX, autoescape=True))
    return {
        key.removeprefix(_PREFIX): _OfServer(
            kept["value"], kept["version"], datetime.fromisoformat(kept["updated_at"]), UUID(kept["updated_by"])
        )
        for key, kept in session.execute(statement)
    }


def _answer(
    setting: AnySetting,
    own: SettingRow | _OfServer | None,
    server: _OfServer | None,
    *,
    is_server: bool = False,
) -> SettingAnswer:
    source, value = SettingSource.DEFAULT, setting.default
    if server is not None and server.value is not None and not setting.refusal_of(server.value):
        source, value = SettingSource.SERVER, server.value
    if isinstance(own, SettingRow) and own.value is not None and not setting.refusal_of(own.value):
        source, value = SettingSource.ORGANIZATION, own.value
    return SettingAnswer(
        key=setting.key,
        kind=setting.kind,
        unit=setting.unit,
        least=setting.least,
        most=setting.most,
        choices=list(setting.choices),
        default=setting.default,
        server_value=server.value if server else None,
        own_value=own.value if own else None,
        value=value,
        source=source,
        needs=OF_SERVER if is_server or setting.is_of_server else OF_ORGANIZATION,
        version=own.version if own else 0,
        updated_at=own.updated_at if own else None,
        updated_by=own.updated_by if own else None,
    )


def _known(key: str) -> AnySetting:
    if key not in SETTINGS:
        raise NotFound(f"There is no setting {key}; GET /settings lists them", thing="setting", id=key)
    return SETTINGS[key]


def _of_organization(key: str) -> AnySetting:
    setting = _known(key)
    if setting.is_of_server:
        words = f"{key} is read before it is known whose it is: only the server sets it (/server-settings)"
        raise NotAllowed(words, code="of_server", permission=OF_SERVER)
    return setting


def _demand_fits(setting: AnySetting, value: SettingValue | None) -> None:
    if value is not None and (message := setting.refusal_of(value)):
        errors = [FieldError(field="value", code="out_of_range", message=message)]
        raise Invalid(f"{setting.key} {message}", code="out_of_range", errors=errors)


def _take_turns(session: TenantSession, what: str) -> None:
    """Of two who change the same setting one waits; the row, which else would do that, may not be there yet."""
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(what, 0))))


def _one(key: str, answers: list[SettingAnswer]) -> SettingAnswer:
    return next(answer for answer in answers if answer.key == key)


def _demand_seen(seen: int, now: SettingAnswer) -> None:
    if seen != now.version:
        words = f"The setting {now.key} was changed meanwhile: you saw version {seen}, now it is {now.version}"
        raise Clash(words, code="version_clash", current=now.model_dump(mode="json"))
