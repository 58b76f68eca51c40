"""What the tests of the sandbox share: a kernel that code can be run in, one line at a time."""

import asyncio
import json
import textwrap
import time
from collections.abc import Mapping
from typing import Any

import psutil

from nbjudge._kernel.forkserver import ForkServer
from nbjudge._kernel.provisioner import kernel_manager
from nbjudge._kernel.sandbox import Form
from nbjudge._model import Limits

# Nothing hostile runs before this has come back as it should.
PROOF = """
import json, os, socket
status = dict(line.split(":\\t") for line in open("/proc/self/status").read().splitlines())
print(json.dumps({
    "capabilities": int(status["CapEff"], 16) | int(status["CapBnd"], 16),
    "no new privileges": int(status["NoNewPrivs"]),
    "pid": os.getpid(),
    "user": os.getuid(),
    "map": open("/proc/self/uid_map").read().split(),
    "interfaces": [name for _, name in socket.if_nameindex()],
    "routes": open("/proc/net/route").read().splitlines()[1:],
    "spaces": {kind: os.readlink(f"/proc/self/ns/{kind}") for kind in
               ("user", "net", "mnt", "pid", "ipc", "uts", "cgroup")},
    "processes": [name for name in os.listdir("/proc") if name.isdigit()],
}))
"""


class Box:
    """A started kernel of `forkserver`. Use it as a context manager."""

    def __init__(
        self,
        forkserver: ForkServer,
        files: Mapping[str, bytes] | None = None,
        name: str = "a1",
        limits: Limits | None = None,
    ) -> None:
        self.loop = asyncio.new_event_loop()
        self.manager = kernel_manager(forkserver, files or {}, name, limits or Limits())
        self.form = forkserver.form

    def __enter__(self) -> "Box":
        self.wait(self.manager.start_kernel())
        self.client = self.manager.client()
        self.client.start_channels()
        self.wait(self.client.wait_for_ready(timeout=20))
        if self.form is Form.FULL:
            self.proof = self.prove()
        return self

    def __exit__(self, *_: Any) -> None:
        self.client.stop_channels()
        self.wait(self.manager.shutdown_kernel(now=True))
        self.loop.close()

    def wait(self, work: Any, seconds: float = 30) -> Any:
        return self.loop.run_until_complete(asyncio.wait_for(work, seconds))

    def prove(self) -> dict[str, Any]:
        """Look from the inside whether the box is closed, and refuse to go on otherwise."""
        proof = self.value(PROOF)
        assert proof["capabilities"] == 0 and proof["no new privileges"] == 1, proof
        assert proof["pid"] == 1 and proof["user"] == 1000 and proof["processes"] == ["1"], proof
        assert proof["interfaces"] == ["lo"] and proof["routes"] == [], proof
        return proof

    def run(self, code: str, seconds: float = 20) -> tuple[str, dict[str, Any]]:
        """What the code printed, and the content of the reply."""
        printed: list[str] = []

        def note(message: dict[str, Any]) -> None:
            if message["msg_type"] == "stream":
                printed.append(message["content"]["text"])

        work = self.client.execute_interactive(
            textwrap.dedent(code), output_hook=note, timeout=seconds, allow_stdin=False
        )
        reply = self.wait(work)["content"]
        return "".join(printed), reply

    def value(self, code: str, seconds: float = 20) -> Any:
        """The JSON that the code prints. An error in it fails the test."""
        printed, reply = self.run(code, seconds)
        assert reply["status"] == "ok", reply
        return json.loads(printed)

    def error(self, code: str, seconds: float = 20) -> tuple[str, str]:
        """The kind and text of the error that the code ends in."""
        printed, reply = self.run(code, seconds)
        assert reply["status"] == "error", (printed, reply)
        return reply["ename"], reply["evalue"]


def slowness() -> float:
    """How many times longer work takes now than with a core of its own; at least 1."""
    begun, used = time.monotonic(), time.thread_time()
    while (worked := time.thread_time() - used) < 0.02:
        pass
    return max(1.0, (time.monotonic() - begun) / worked)


class Stopwatch:
    """Measures seconds as on a machine with a free core: other programs must fail no test."""

    def __init__(self) -> None:
        self.slower = slowness()
        self.begun = time.monotonic()

    @property
    def seconds(self) -> float:
        took = time.monotonic() - self.begun
        return took / max(self.slower, slowness())


def soon(condition: Any, seconds: float = 60) -> bool:
    """The condition becomes true; the time only ends a test that fails."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def gone(processes: list[psutil.Process]) -> bool:
    """None of them runs any more."""
    return not any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in processes)
