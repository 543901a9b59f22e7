"""An agent configuration as a JSON file: what the server sent last, or what a person wrote for a test on the bench."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from pydantic import BaseModel, ValidationError
from unison_domain.stations.configuration import AgentConfiguration

from unison_station.platform.files import write_private
from unison_station.wording import problems_in


class ConfigurationUnreadable(Exception):
    """The file is missing or says something impossible; the message names the place in it."""


class _Mark(BaseModel):
    """An ETag, and the version it was given for: a configuration that was lost must be sent again."""

    version: int
    etag: str


_MARK_SUFFIX = ".etag"


def load_configuration(path: Path) -> AgentConfiguration:
    """Read a configuration.

    Raises:
        ConfigurationUnreadable: no such file, no JSON, or values that contradict the contract, all of them named.
    """
    try:
        text = path.read_bytes()
    except OSError as error:
        raise ConfigurationUnreadable(f"{path} can not be read: {error.strerror}") from None
    try:
        return AgentConfiguration.model_validate_json(text)
    except ValidationError as error:
        problems = "\n  ".join(problems_in(error))
        raise ConfigurationUnreadable(f"{path} is no agent configuration:\n  {problems}") from None


def save_configuration(path: Path, configuration: AgentConfiguration, etag: str | None = None) -> None:
    """Replace the file in one step: a power cut leaves the old one or the new one, never half of it.

    Args:
        etag: the mark the server gave with it, kept in a file beside it. It is written last: a power cut between the
            two leaves an old mark, with which the server sends its configuration once more.
    """
    write_private(path, configuration.model_dump_json(indent=1).encode())
    if etag is not None:
        mark = _Mark(version=configuration.version, etag=etag)
        write_private(path.with_suffix(_MARK_SUFFIX), mark.model_dump_json().encode())


def etag_of(path: Path, version: int) -> str | None:
    """The mark the server gave with this version of the configuration kept at `path`; None when there is none."""
    with suppress(OSError, ValidationError):
        mark = _Mark.model_validate_json(path.with_suffix(_MARK_SUFFIX).read_bytes())
        return mark.etag if mark.version == version else None
    return None
