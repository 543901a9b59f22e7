"""Overrides of scans: those that another person made and somebody took back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from unison_domain.identity.overrides import Override

from unison_server.codes.queries import undos_of
from unison_server.codes.tables import CodeScan, UndoneScan
from unison_server.kernel.database import TenantSession
from unison_server.sites.queries import names_of
from unison_server.stations.override_acts import Act


def scans_undone(session: TenantSession, overrides: Sequence[Override]) -> Mapping[Override, Act]:
    """The scans, and who took them back."""
    wanted = select(CodeScan).where(CodeScan.id.in_({one.subject_id for one in overrides}))
    scans = {one.id: one for one in session.scalars(wanted)}
    undone = undos_of(session, list(scans.values()))
    people = names_of(session, [id_ for one in undone.values() for id_ in (one.person_id, one.undone_by)])

    def who(undo: UndoneScan | None) -> str | None:
        account = undo and (undo.person_id or undo.undone_by)
        return (undo and undo.person) or (people.get(account) if account else None)

    return {
        one: Act(scan.qr_code_data, scan.plant_id, scan.station_id, by=who(undone.get(scan.id)))
        for one in overrides
        if (scan := scans.get(one.subject_id)) is not None
    }
