"""An agent configuration as a JSON file: what the server sent last, or what a person wrote for a test on the bench."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError
from unison_domain.stations.configuration import AgentConfiguration

from unison_station.platform.files import write_private
from unison_station.wording import problems_in


class ConfigurationUnreadable(Exception):
    """The file is missing or says something impossible; the message names the place in it."""


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


def save_configuration(path: Path, configuration: AgentConfiguration) -> None:
    """Replace the file in one step: a power cut leaves the old one or the new one, never half of it."""
    write_private(path, configuration.model_dump_json(indent=1).encode())
