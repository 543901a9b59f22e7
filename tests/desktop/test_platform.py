"""What the desktop needs of the libraries under it."""

import sys

import pytest
from PySide6.QtCore import QObject

CALLS = 1_000


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="None is immortal since Python 3.12 (PEP 683)")
def test_calls_that_answer_with_none_keep_none_alive() -> None:
    """PySide6 6.12.0 loses a reference to None with each such call on Python 3.11: after some thousand it aborts."""
    thing = QObject()
    before = sys.getrefcount(None)
    for _n in range(CALLS):
        thing.parent()
        thing.setObjectName("thing")
    assert sys.getrefcount(None) > before - CALLS / 10
