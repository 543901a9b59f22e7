"""A floor keeps to a folder of its own."""

from __future__ import annotations

from pathlib import Path

import pytest
from unison_dev.floor import Floor
from unison_dev.programs import ProgramEndedError


def test_a_folder_with_the_data_of_an_installation_is_never_taken_however_often_one_tries(tmp_path: Path) -> None:
    (tmp_path / "postgresql.json").write_text("{}")
    for _ in range(3):
        with (
            pytest.raises(ProgramEndedError, match="not the demo's: set UNISON_DATA to another"),
            Floor(tmp_path, "demo"),
        ):
            pass
    assert (tmp_path / "postgresql.json").read_text() == "{}"
