"""`unison openapi`."""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

from unison_server.app import create_app
from unison_server.kernel.database import Database
from unison_server.kernel.settings import DRIVER, ROLE_URLS, Settings


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """It has no options."""


def run(_arguments: argparse.Namespace) -> int:
    """Print it; no database is needed."""
    with tempfile.TemporaryDirectory() as folder:
        nowhere = {f"{database}{ending}": f"{DRIVER}:///none" for database in Database for ending in ROLE_URLS}
        document = create_app(Settings(Path(folder)).with_urls(nowhere)).openapi()
    print(json.dumps(document, indent=1, ensure_ascii=False))
    return 0
