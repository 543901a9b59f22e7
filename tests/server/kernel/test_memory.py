"""Memory that threads take comes from few places, and what is free goes back."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only glibc has arenas")
BEGIN = """
import ctypes, sys, threading
from unison_server.kernel.memory import give_back, share_arenas
if sys.argv[1] == "shared":
    share_arenas()
c = ctypes.CDLL(None)
c.malloc.restype, c.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
"""
THREADS = """
barrier, heaps = threading.Barrier(16), set()
def take():
    barrier.wait()
    heaps.add(c.malloc(ctypes.c_size_t(5000)) >> 26)  # a heap of an arena begins at a multiple of 64 MiB
threads = [threading.Thread(target=take) for _ in range(16)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(len(heaps))
"""
FREE = """
def pages():
    return int(open("/proc/self/statm").read().split()[1])
taken = [c.malloc(ctypes.c_size_t(50_000)) for _ in range(400)]
for one in taken: ctypes.memset(one, 1, 50_000)
for one in taken[:-1]: c.free(one)  # the last keeps all below it from going back by itself
before = pages()
give_back()
print(before - pages())
"""


def told(what: str, how: str = "shared") -> int:
    done = subprocess.run(
        [sys.executable, "-c", BEGIN + what, how], capture_output=True, text=True, timeout=60, check=True
    )
    return int(done.stdout)


def test_threads_share_arenas() -> None:
    assert told(THREADS, "shared") <= 2 < told(THREADS, "apart")


def test_what_is_free_goes_back() -> None:
    assert told(FREE) > 2000, "pages of 4 KiB, of 20 MB"
