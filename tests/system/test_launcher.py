"""The launcher says what is in its way before it fetches anything."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def clone() -> Iterator[Path]:
    """A clone that everybody may read and nobody may write; pytest's own folders are closed to other users."""
    folder = Path(tempfile.mkdtemp())
    shutil.copy(ROOT / "unison", folder)
    folder.chmod(0o555)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


def test_a_folder_that_can_not_be_written_is_told_before_anything_is_fetched(clone: Path) -> None:
    nobody = "nobody" if os.geteuid() == 0 else None
    environment = {name: value for name, value in os.environ.items() if not name.startswith("UNISON_")}
    told = subprocess.run(
        [clone / "unison", "demo"], capture_output=True, text=True, env=environment, user=nobody, check=False
    )
    assert (told.returncode, told.stdout) == (1, "")
    assert f"may not write in {clone}, where the Python environment goes" in told.stderr
    assert "UNISON_VENV" in told.stderr
