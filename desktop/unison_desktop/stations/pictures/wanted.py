"""Whose kept pictures a place of the program shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a place of the page asks for: a machine's pictures, of a time where it names one."""

    machine_id: UUID | None = None
    begins: datetime | None = None
    ends: datetime | None = None

    @classmethod
    def parse(cls, argument: str) -> Wanted:
        """As `str` writes it; nothing of what can't be read."""
        machine, _slash, time = argument.partition("/")
        begins, _slash, ends = time.partition("/")
        try:
            machine_id = UUID(machine)
            return cls(machine_id, datetime.fromisoformat(begins), datetime.fromisoformat(ends))
        except ValueError:
            return cls(_uuid(machine))

    def __str__(self) -> str:
        if self.machine_id is None:
            return ""
        if self.begins is None or self.ends is None:
            return str(self.machine_id)
        return f"{self.machine_id}/{self.begins.isoformat()}/{self.ends.isoformat()}"


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
