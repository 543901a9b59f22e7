"""Columns of kept pictures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo

from unison_domain.stations.picture_contracts import PictureAnswer
from unison_domain.stations.picture_events import PictureLoss, PictureReason

from unison_desktop.kernel.moments import page_text
from unison_desktop.kernel.persons import MARK_EXPLAINED, person_cell
from unison_desktop.kernel.texts import _
from unison_desktop.tables.columns import Align, Column

REASONS = {
    PictureReason.STOP: _("Around a stop"),
    PictureReason.SCAN: _("A scan"),
    PictureReason.READING: _("A measurement"),
    PictureReason.CALIBRATION: _("A calibration"),
    PictureReason.ASKED: _("Asked for"),
}
LOSSES = {
    PictureLoss.ROOM: _("no room at its PC"),
    PictureLoss.WAITED: _("waited too long at its PC"),
    PictureLoss.REFUSED: _("not taken by the server"),
    PictureLoss.MISSING: _("no file of it at its PC"),
    PictureLoss.UNKNOWN: _("its PC says no more"),
}


@dataclass(frozen=True, slots=True)
class PictureRow:
    """A picture with the names of what it is of; empty where they may not be seen.

    Attributes:
        zone: the clock of its plant. clock: that of the page; None is this PC's.
    """

    picture: PictureAnswer
    station: str
    machine: str
    camera: str
    zone: tzinfo | None
    clock: tzinfo | None

    def moment(self, at: datetime) -> datetime:
        """A moment by the clock of its plant."""
        return at.astimezone(self.zone)

    def moment_text(self, at: datetime) -> str:
        """The same in words, with the UTC offset where the page has another clock."""
        return page_text(self.moment(at), self.clock)

    def day_text(self, at: datetime) -> str:
        """The day of a moment by the clock of its plant."""
        return f"{self.moment(at):%Y-%m-%d}"

    @property
    def reason(self) -> str:
        """Why it was kept; a reason of a newer server as it is written."""
        known = self.picture.reason in set(PictureReason)
        return REASONS[PictureReason(self.picture.reason)] if known else self.picture.reason


def picture_columns() -> tuple[Column[PictureRow], ...]:
    """The table of kept pictures."""
    return (
        Column(
            "taken_at",
            _("Taken"),
            lambda row: row.moment(row.picture.taken_at),
            text=lambda row: row.moment_text(row.picture.taken_at),
            width=18,
            always_visible=True,
        ),
        Column("reason", _("Why"), lambda row: row.reason, width=17),
        Column("machine", _("Machine"), lambda row: row.machine, width=12),
        Column(
            "ends_at",
            _("Kept until"),
            lambda row: row.moment(row.picture.ends_at),
            text=lambda row: row.day_text(row.picture.ends_at),
            width=11,
            explain=_("Then it is deleted; how long a camera keeps its pictures is set under Instruments"),
        ),
        Column("station", _("Station"), lambda row: row.station, width=12, stretch=True, least=10),
        Column("camera", _("Camera"), lambda row: row.camera, width=12),
        Column("person", _("Person"), _person, width=12, visible=False, explain=MARK_EXPLAINED),
        Column(
            "kilobytes",
            _("Size"),
            lambda row: round(row.picture.bytes / 1000),
            align=Align.RIGHT,
            width=8,
            visible=False,
            unit="kB",
            explain="kB",
        ),
        Column("where", _("Where it is"), where, width=16, visible=False),
        Column("sha256", "SHA-256", lambda row: row.picture.sha256, width=20, visible=False),
    )


def where(row: PictureRow) -> str:
    """Whether the server has the file."""
    if row.picture.stored_at is not None:
        return _("at the server")
    if row.picture.lost_at is not None and row.picture.lost_reason is not None:
        return _("lost: {why}").format(why=LOSSES[row.picture.lost_reason])
    return _("did not come") if row.picture.is_overdue else _("still at its station")


def _person(row: PictureRow) -> str:
    return person_cell(row.picture.person, row.picture.person_is_verified)
