"""In the fork server, before it forks: whether there can be a sandbox here, and why not.

python -m nbjudge._kernel.probe    says it on the command line
"""

import json
import os
import socket
import sys
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path

from nbjudge._kernel.sandbox import Form, Spec, shown
from nbjudge._kernel.supervisor import supervise
from nbjudge._model import Limits


@cache
def probe(modules: tuple[str, ...] = (), folder: str | None = None) -> str:
    """Whether there can be a box here, found by trying: "", or why not and what would bring it.

    It is tried in `folder`, by default that for temporary files.
    Call it in a process with one thread: it forks.
    """
    if sys.platform != "linux":
        return f"there are no sandboxes for {sys.platform}"
    error = attempt(modules, folder)
    return f"{error}; {remedy()}" if error else ""


# What forbids user namespaces to ordinary users, and the value with which it does not.
SWITCHES = {
    "user.max_user_namespaces": ("0", "15000"),
    "kernel.unprivileged_userns_clone": ("0", "1"),
    "kernel.apparmor_restrict_unprivileged_userns": ("1", "0"),
}


def remedy(folder: Path = Path("/proc/sys")) -> str:
    """The command that lets this system make boxes, as far as can be told."""
    for name, (forbids, allows) in SWITCHES.items():
        with suppress(OSError):
            if folder.joinpath(*name.split(".")).read_text().strip() == forbids:
                return f"an administrator can allow it: sudo sysctl -w {name}={allows}"
    return (
        "in a container, it can be allowed when that is started: "
        "docker run --security-opt seccomp=unconfined --security-opt systempaths=unconfined "
        "--security-opt apparmor=unconfined"
    )


def attempt(modules: tuple[str, ...], folder: str | None) -> str:
    """Make a box and leave it again. Returns "" or what went wrong."""
    with tempfile.TemporaryDirectory(
        prefix="probe-", dir=folder, ignore_cleanup_errors=True
    ) as place:
        for part in ("files", "root", "s"):
            os.mkdir(f"{place}/{part}")
        spec = Spec(place, "probe", Limits(), shown(modules))
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        child = os.fork()
        if not child:
            try:
                ours.close()
                supervise(spec, theirs, lambda ready: ready())
            finally:
                os._exit(0)
        theirs.close()
        ours.settimeout(10)
        try:
            message = json.loads(ours.recv(65536) or b'{"error": "it ended"}')
        except TimeoutError:
            message = {"error": "it took too long"}
        ours.close()
        with suppress(ChildProcessError):  # where the system reaps this process's children
            os.waitpid(child, 0)
        return message.get("error", "")


if __name__ == "__main__":
    trouble = probe()
    print((Form.NONE if trouble else Form.FULL).sentence, trouble)
