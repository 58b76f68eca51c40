"""In the judge's worker: processes for the checks, trusted and outside of the sandbox.

All that they started ends with them. One is forked from the fork server (`ForkedProcess`), or is a
Python of its own where nothing can be forked (`SpawnedProcess`). `sock` talks to it; `kill` ends
it.
"""

import importlib
import os
import select
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from typing import Any


class ForkedProcess:
    """A process that runs checks. `sock` talks to it; `kill` ends it and what it has started."""

    def __init__(self, sock: socket.socket, life: socket.socket, pid: int, pidfd: int) -> None:
        self.sock, self.pid = sock, pid
        self._life, self._pidfd = life, pidfd

    def __enter__(self) -> "ForkedProcess":
        return self

    def __exit__(self, *_: Any) -> None:
        self.kill()

    @property
    def alive(self) -> bool:
        return self._pidfd >= 0 and not select.select([self._pidfd], [], [], 0)[0]

    def kill(self) -> None:
        """End it at once. May be called again, and after it has ended by itself."""
        self.sock.close()
        if self._pidfd >= 0:
            with suppress(ProcessLookupError):
                if self.alive:  # or its number may be another's by now
                    os.killpg(self.pid, signal.SIGKILL)
            self._life.close()
            os.close(self._pidfd)
            self._pidfd = -1


class SpawnedProcess:
    """One where nothing can be forked: a Python started for it."""

    def __init__(self, target: str, sock: socket.socket, theirs: socket.socket) -> None:
        self.sock = sock
        with theirs:
            windows = sys.platform == "win32"
            passed: Any = {} if windows else {"pass_fds": [theirs.fileno()]}
            start = "from nbjudge._kernel.trusted import be_spawned; be_spawned()"
            self._process = subprocess.Popen(
                [sys.executable, "-c", start, target, "" if windows else str(theirs.fileno())],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                **passed,
            )
            assert self._process.stdin
            if sys.platform == "win32":
                self._process.stdin.write(theirs.share(self._process.pid))
            self._process.stdin.close()
        self.pid = self._process.pid

    def __enter__(self) -> "SpawnedProcess":
        return self

    def __exit__(self, *_: Any) -> None:
        self.kill()

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def kill(self) -> None:
        self.sock.close()
        self._process.kill()
        self._process.wait()


def be_spawned() -> None:
    """What the Python of a SpawnedProcess does."""
    module, _, function = sys.argv[1].partition(":")
    if sys.platform == "win32":
        channel = socket.fromshare(sys.stdin.buffer.read())
    else:
        channel = socket.socket(fileno=int(sys.argv[2]))
    getattr(importlib.import_module(module), function)(channel)
