"""The rights of an ordinary user, also where the tests run as root, who may read everything."""

import contextlib
import ctypes
import os
from collections.abc import Iterator
from pathlib import Path

OVERRIDE, SEARCH = 1 << 1, 1 << 2  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
VERSION = 0x20080522  # of the call, with 64 bits for each set


@contextlib.contextmanager
def ordinary() -> Iterator[None]:
    """This thread, and what it starts, obeys the rights of files as an ordinary user does."""
    if os.geteuid() != 0:
        yield
        return
    header, sets = (ctypes.c_uint32 * 2)(VERSION, 0), (ctypes.c_uint32 * 6)()
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.capget(header, sets) == 0
    before = sets[0]
    sets[0] = before & ~(OVERRIDE | SEARCH)
    assert libc.capset(header, sets) == 0
    try:
        yield
    finally:
        sets[0] = before
        assert libc.capset(header, sets) == 0


@contextlib.contextmanager
def locked(path: Path, mode: int = 0) -> Iterator[None]:
    """A file or a folder with these rights only, until the end of the block."""
    before = path.stat().st_mode
    path.chmod(mode)
    try:
        with ordinary():
            yield
    finally:
        path.chmod(before)
