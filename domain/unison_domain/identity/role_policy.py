"""Roles as a policy file of Casbin: a line for each right a role gives, `p,planner,machines.machine,read`.

The subject is the code of a role, object and action together are the permission. So a program that asks Casbin with
the usual model of roles gets the answers it gets here. Who has which role is not in it: that is in the file of people.
A file is all that the roles it names give; others are left alone.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import Base64Bytes, Field, TypeAdapter, ValidationError

from unison_domain.kernel.contracts import Answer, Code, Request
from unison_domain.kernel.csv_file import CsvError

MOST_LINES = 20_000
_RULE, _GROUP, _ALLOW = "p", "g", "allow"
_CODE: TypeAdapter[str] = TypeAdapter(Code)


class PolicyImport(Request):
    """A file as it is, in UTF-8; in base64.

    Attributes:
        seen: `PolicyPreview.seen` of the preview that was agreed to; None takes over whatever changed since.
    """

    file: Annotated[Base64Bytes, Field(max_length=4_000_000, repr=False)]
    seen: str | None = None


class RoleChange(Answer):
    """What a file would change of a role, from the line that names it first.

    Attributes:
        action: create, update, or reactivate where it is out of use. changes: what differs, e.g.
            `+machines.machine.read`.
    """

    row: int
    code: str
    action: str
    changes: list[str] = Field(default_factory=list)


class PolicyPreview(Answer):
    """What an import would do, or did. Nothing is done while there are errors; `seen` stands for all of it."""

    rows: int
    errors: list[CsvError]
    changes: list[RoleChange]
    seen: str


@dataclass(slots=True)
class PolicyRole:
    """What a file says of a role.

    Attributes:
        row: the line that names it first. given: each permission with its line.
    """

    row: int
    given: dict[str, int] = field(default_factory=dict)


def write(roles: Mapping[str, Iterable[str]]) -> str:
    """The file of roles by their code, each with its permissions."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\n")  # quotes a code with a comma, which Casbin for Python can't read
    for code, permissions in sorted(roles.items()):
        writer.writerows((_RULE, code, *permission.rsplit(".", 1)) for permission in sorted(permissions))
    return file.getvalue()


def read(text: str) -> tuple[dict[str, PolicyRole], list[CsvError]]:
    """The roles of a file by their code, and all that is wrong with it."""
    roles: dict[str, PolicyRole] = {}
    errors: list[CsvError] = []
    lines = text.removeprefix("\ufeff").removesuffix("\n").split("\n")
    if len(lines) > MOST_LINES:
        return {}, [CsvError(row=MOST_LINES + 1, message=f"more than {MOST_LINES} lines; split the file by roles")]
    for row, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        cells = [cell.strip() for cell in next(csv.reader([line], skipinitialspace=True))]
        if wrong := _wrong(cells):
            errors.append(CsvError(row=row, value=line.strip()[:200], message=wrong))
            continue
        _, code, thing, verb, *_ = cells
        roles.setdefault(code, PolicyRole(row)).given.setdefault(f"{thing}.{verb}", row)
    return roles, errors


def _wrong(cells: list[str]) -> str:
    """Why a line gives no right to a role; empty where it does."""
    if cells[0] == _GROUP:
        return "says who has a role: that is in the file of people; leave it out"
    if cells[0] != _RULE:
        return f"begins with {cells[0][:20]!r}; lines are “p,role,object,action”"
    if len(cells) not in (4, 5):
        return f"has {len(cells)} parts; lines are “p,role,object,action”"
    if len(cells) == 5 and cells[4] != _ALLOW:
        return f"{cells[4][:20]!r} is not known here: roles give rights and take none away"
    if not all(cells[2:4]):
        return "names no right: object and action are both needed"
    try:
        _CODE.validate_python(cells[1])
    except ValidationError:
        return f"{cells[1][:60]!r} can't be the code of a role: 1 to 50 characters, no space at either end"
    return ""
