"""The whole of Unison at work: what a simulated shop truly did is what the database and the event stream hold."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.timeout(1000)
def test_the_database_holds_what_the_shop_did(tmp_path: Path) -> None:
    environment = {**os.environ, "UNISON_DATA": str(tmp_path), "PYTHONPATH": str(ROOT / "dev")}
    command = [sys.executable, "-m", "unison_dev", "demo", "--check"]

    checked = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=900, check=False)

    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "DIFFERS" not in checked.stdout
    assert "event stream, complete and in order" in checked.stdout
