"""Memory that threads take comes from few places."""

from __future__ import annotations

import subprocess
import sys

import pytest

THREADS = 16
TAKEN = f"""
import ctypes, sys, threading
from unison_station.platform.memory import share_arenas
if sys.argv[1] == "shared":
    share_arenas()
c = ctypes.CDLL(None)
c.malloc.restype = ctypes.c_void_p
barrier, heaps = threading.Barrier({THREADS}), set()
def take():
    barrier.wait()
    heaps.add(c.malloc(ctypes.c_size_t(5000)) >> 26)  # a heap of an arena begins at a multiple of 64 MiB
threads = [threading.Thread(target=take) for _ in range({THREADS})]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(len(heaps))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc has arenas")
def test_threads_share_arenas() -> None:
    def heaps(how: str) -> int:
        done = subprocess.run([sys.executable, "-c", TAKEN, how], capture_output=True, text=True, timeout=60)
        return int(done.stdout)

    assert heaps("shared") <= 2 < heaps("apart")
