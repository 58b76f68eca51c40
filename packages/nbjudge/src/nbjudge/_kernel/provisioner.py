"""In the judge's worker: kernels in the sandbox, as jupyter_client knows them.

A manager and a provisioner. The kernel speaks over sockets in a private folder, and is else like
any other.
"""

import asyncio
import json
import os
import re
import shutil
import signal
import socket
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any

from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.provisioning import KernelProvisionerBase

from nbjudge._files import temporary_folder, write_files
from nbjudge._kernel.forkserver import START_SECONDS, ForkServer
from nbjudge._kernel.sandbox import Form, SandboxError, Spec
from nbjudge._model import Limits

PASSED = "LANG LC_ALL LC_CTYPE TZ NBGRADER_EXECUTION OPENBLAS_NUM_THREADS".split()
LAUNCHER = "ipykernel_launcher"
ARGV = [sys.executable, "-m", LAUNCHER, "-f", "{connection_file}"]


def kernel_manager(
    forkserver: ForkServer, files: Mapping[str, bytes], name: str, limits: Limits
) -> "SandboxKernelManager":
    """A manager of a kernel, not started yet, that will have these files in its directory.

    Start it with `await km.start_kernel()` and end it with `await km.shutdown_kernel(now=True)`,
    which removes its private directories.
    """
    manager = SandboxKernelManager(connection_file="")
    manager.forkserver, manager.files, manager.limits = forkserver, files, limits
    manager.folder_name = name
    return manager


class SandboxKernelManager(AsyncKernelManager):
    """An AsyncKernelManager whose kernel is in the sandbox. Made by `kernel_manager`."""

    forkserver: ForkServer
    files: Mapping[str, bytes] = {}
    folder_name: str = ""
    limits: Limits = Limits()

    @property
    def kernel_spec(self) -> KernelSpec:
        boxed = self.forkserver.form is not Form.NONE
        provisioner = {"provisioner_name": "nbjudge-sandbox" if boxed else "local-provisioner"}
        return KernelSpec(
            argv=ARGV,
            display_name="Python 3",
            language="python",
            metadata={"kernel_provisioner": provisioner},
        )

    async def _async_start_kernel(self, **kwargs: Any) -> None:
        if self.forkserver.form is Form.NONE:
            self._place = Place(self.files, self.folder_name)
            kwargs["cwd"] = self._place.folder
        await super()._async_start_kernel(**kwargs)

    start_kernel = _async_start_kernel

    async def _async_cleanup_resources(self, restart: bool = False) -> None:
        await super()._async_cleanup_resources(restart=restart)
        if self.forkserver.form is Form.NONE and not restart:
            self._place.remove()

    cleanup_resources = _async_cleanup_resources


class Place:
    """A private directory of the host for one kernel, with the parts that `Spec` describes."""

    def __init__(self, files: Mapping[str, bytes], name: str) -> None:
        self.path = temporary_folder("box")
        self.folder = f"{self.path}/files"
        for part in ("files", "root", "s"):
            os.mkdir(f"{self.path}/{part}")
        write_files(Path(self.folder), files)

    def remove(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)


class SandboxProvisioner(KernelProvisionerBase):
    """Has the fork server fork the kernel into the sandbox; for managers of `kernel_manager`.

    jupyter_client finds it by its name among the entry points.
    """

    _place: Place | None = None
    _control: socket.socket | None = None
    _status: int | None = None
    pid: int | None = None  # of the kernel, as the host numbers it
    why: str = ""  # why the supervisor ended the kernel, if it did
    report: Mapping[str, Any] = MappingProxyType({})  # what the box is, from within

    @property
    def has_process(self) -> bool:
        return self._control is not None

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        manager: Any = self.parent
        if self._place is None:
            self._place = Place(manager.files, manager.folder_name)
        manager.transport = "ipc"
        manager.connection_file = f"{self._place.path}/s/kernel.json"
        manager.ip = f"{self._place.path}/s/kernel"
        manager.write_connection_file()
        self.connection_info = manager.get_connection_info()
        cmd = manager.format_kernel_cmd(extra_arguments=kwargs.pop("extra_arguments", []))
        return await super().pre_launch(cmd=cmd, **kwargs)

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Raises SandboxError when there is no box, and then there is no kernel either."""
        assert self._place, "pre_launch comes first"
        manager: Any = self.parent
        name = re.sub(r"[^\w. -]|^\.+", "_", manager.folder_name) or "assignment"
        spec = Spec(self._place.path, name, manager.limits)
        env = {key: value for key, value in kwargs["env"].items() if key in PASSED}
        env |= {"PATH": f"{sys.prefix}/bin:/usr/local/bin:/usr/bin:/bin"}
        env.setdefault("LANG", "C.UTF-8")
        env.setdefault("NBGRADER_EXECUTION", "autograde")
        self._status, self.why = None, ""
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._control.setblocking(False)
        argv = [LAUNCHER, *cmd[cmd.index("-f") :]]
        with theirs:
            manager.forkserver.request(
                [theirs.fileno()], role="kernel", spec=spec.to_dict(), argv=argv, env=env
            )
        message: dict[str, Any] = {"error": f"no answer in {START_SECONDS} s"}
        with suppress(TimeoutError):
            await asyncio.wait_for(self._readable(), START_SECONDS)
            message = self._receive() or {"error": "it ended"}
        if "ready" not in message:
            self._control.close()
            self._control = None
            self._remove()
            raise SandboxError(f"No kernel, as its box could not be made: {message['error']}.")
        self.report, self.pid = message["ready"], message["pid"]
        return self.connection_info

    def _receive(self) -> dict[str, Any] | None:
        """The next message that has come, or None. Notes the kernel's end."""
        if self._control is None or self._status is not None:
            return None
        try:
            message = json.loads(self._control.recv(65536) or b'{"exit": -9}')
        except BlockingIOError:
            return None
        except OSError:
            message = {"exit": -9}
        self._status, self.why = message.get("exit"), message.get("why", "")
        return message

    async def _readable(self) -> None:
        """Wait for the next message. Any number of tasks and event loops may wait at once."""
        assert self._control
        ready = asyncio.Event()
        loop = asyncio.get_running_loop()
        copy = os.dup(self._control.fileno())  # a loop has one reader for each file
        loop.add_reader(copy, ready.set)
        try:
            await ready.wait()
        finally:
            loop.remove_reader(copy)
            os.close(copy)

    async def poll(self) -> int | None:
        """None while the kernel runs, else its status as in Popen.returncode."""
        if self._control is None:
            return self._status or 0
        self._receive()
        return self._status

    async def wait(self) -> int | None:
        """Return the status as soon as the kernel has ended: there is no polling."""
        while self._control is not None and await self.poll() is None:
            await self._readable()
        if self._control is not None:
            self._control.close()
            self._control = None
        return self._status or 0

    async def send_signal(self, signum: int) -> None:
        if self._control is not None:
            with suppress(OSError):
                self._control.send(json.dumps({"signal": int(signum)}).encode())

    async def kill(self, restart: bool = False) -> None:
        """Kill the kernel and all that it has started, and wait until that is done."""
        await self.send_signal(signal.SIGKILL)
        while self._control is not None and await self.poll() is None:
            await self._readable()

    async def terminate(self, restart: bool = False) -> None:
        await self.send_signal(signal.SIGTERM)

    async def cleanup(self, restart: bool = False) -> None:
        if not restart:
            if self._control is not None:  # closing it kills a kernel that still runs
                self._control.close()
                self._control = None
            self._remove()

    def _remove(self) -> None:
        if self._place:
            self._place.remove()
            self._place = None
