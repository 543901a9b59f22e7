"""Runs a command under the system calls of a unit's `SystemCallFilter`, by the kernel; any other call kills it.

`python confined.py "@system-service adjtimex" COMMAND...`: systemd names what is in its sets, libseccomp loads it.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys

_KILL_PROCESS, _ALLOW = 0x80000000, 0x7FFF0000
_PR_SET_NO_NEW_PRIVS = 38


def members(name: str) -> set[str]:
    """Names of the calls in a set, those of the sets in it too; a call is itself."""
    if not name.startswith("@"):
        return {name}
    command = ["systemd-analyze", "syscall-filter", name]
    told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    named = [line.strip() for line in told.splitlines()[1:]]
    return {call for one in named if one and not one.startswith("#") for call in members(one)}


def confine(allowed: set[str]) -> None:
    """From here on this process and what it becomes may make these calls alone."""
    library, process = ctypes.CDLL("libseccomp.so.2"), ctypes.CDLL(None)
    library.seccomp_init.restype = ctypes.c_void_p
    library.seccomp_rule_add.argtypes = [ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int, ctypes.c_uint]
    library.seccomp_load.argtypes = [ctypes.c_void_p]
    rules = ctypes.c_void_p(library.seccomp_init(ctypes.c_uint32(_KILL_PROCESS)))
    for name in sorted(allowed):
        number = library.seccomp_syscall_resolve_name(name.encode())
        if number >= 0:  # of another processor otherwise
            library.seccomp_rule_add(rules, _ALLOW, number, 0)
    process.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if library.seccomp_load(rules) != 0:
        raise SystemExit("the kernel does not take the rules")


if __name__ == "__main__":
    confine({call for word in [*sys.argv[1].split(), "@default"] for call in members(word)})
    os.execvp(sys.argv[2], sys.argv[2:])
