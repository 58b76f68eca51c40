"""Kernels for learners' code and referees for checks, forked from one warm process.

`Warm` starts the process; `Warm.kernel` gives a kernel manager like any other of jupyter_client,
whose kernel runs in the sandbox and speaks over sockets in a private directory.
"""

import ast
import asyncio
import atexit
import importlib
import json
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any

from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.provisioning import KernelProvisionerBase

from grading.model import Limits, read_files, write_files
from grading.sandbox import Form, SandboxError, Spec

KEPT = "PATH LANG LC_ALL LC_CTYPE TZ HOME PYTHONPATH LD_LIBRARY_PATH GRADING_DEBUG".split()
PASSED = "LANG LC_ALL LC_CTYPE TZ NBGRADER_EXECUTION OPENBLAS_NUM_THREADS".split()
LAUNCHER = "ipykernel_launcher"
ARGV = [sys.executable, "-m", LAUNCHER, "-f", "{connection_file}"]
START_SECONDS = 60


def modules_of(notebook: str, files: Iterable[str] = ()) -> list[str]:
    """The modules that a source notebook imports, such as "pandas" or "matplotlib.pyplot".

    Left out are cells that do not parse, and modules that are among the `files` beside it.
    Only ask for a notebook that is trusted: a warm process imports what is named here.
    """
    beside = {PurePosixPath(file).parts[0].removesuffix(".py") for file in files}
    found: set[str] = set()
    for cell in json.loads(notebook).get("cells", []):
        if cell.get("cell_type") != "code":
            continue
        try:
            tree = ast.parse("".join(cell.get("source", "")))
        except (SyntaxError, ValueError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                found.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.update(f"{node.module}.{alias.name}" for alias in node.names)
    found = {name.removesuffix(".*") for name in found}
    return sorted(name for name in found if name.partition(".")[0] not in beside)


class Warm:
    """A warm process with these modules imported, and the kernels and referees it forks.

    Use it as a context manager. Processes forked while it is open may use it too, all at once; it
    belongs to the process that made it. `form` is what the sandbox is here, `notice` is the one
    line to announce when that is not the full form, else "". Raises SandboxError where there is
    no safe form and `unsafe` is not set. `form` given here only makes the sandbox weaker.
    """

    def __init__(
        self, modules: Iterable[str] = (), unsafe: bool = False, form: Form = Form.FULL
    ) -> None:
        self.modules = set(modules)
        self.owner, self.closed = os.getpid(), False
        self.form, self.notice = form, ""
        self.why = "" if sys.platform == "linux" else f"there are none for {sys.platform}"
        if sys.platform == "linux" and form is not Form.NONE:
            self._start(form)
        else:
            self.form = Form.NONE
        if self.form is not Form.FULL:
            self.notice = f"{self.form.sentence} (The reason: {self.why or 'it was asked for'}.)"
        if not (self.form.safe or unsafe):
            self.close()
            raise SandboxError(f"{self.notice} Pass unsafe=True if you accept this.")

    def _start(self, form: Form) -> None:
        self._cwd = tempfile.mkdtemp(prefix="warm-")
        self._requests, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        home = str(Path(__file__).resolve().parent.parent)
        start = (  # -P would take the directory of the notebook from the kernels' sys.path too
            "import runpy, sys;"
            f"sys.path[:] = [*dict.fromkeys(p for p in [*sys.path, {home!r}] if p)];"
            "runpy.run_module('grading.zygote', run_name='__main__', alter_sys=True)"
        )
        debug = None if os.environ.get("GRADING_DEBUG") else subprocess.DEVNULL
        arguments = [str(theirs.fileno()), json.dumps(sorted(self.modules)), form]
        # With its environment the process would hand every kernel the teacher's secrets.
        env = {name: os.environ[name] for name in KEPT if name in os.environ}
        env |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
        env |= {"MPLBACKEND": "module://matplotlib_inline.backend_inline"}
        self._process = subprocess.Popen(
            [sys.executable, "-c", start, *arguments],
            env=env,
            cwd=self._cwd,
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=debug,
            stderr=debug,
            start_new_session=True,
        )
        theirs.close()
        self._requests.settimeout(START_SECONDS)
        try:
            hello = json.loads(self._requests.recv(65536) or b"{}")
        except OSError:
            hello = {}
        self._requests.settimeout(None)
        if not hello:
            self.close()
            raise SandboxError("The warm process did not start; GRADING_DEBUG=1 shows why.")
        self.form, self.why = Form(hello["form"]), hello["why"]

    def __enter__(self) -> "Warm":
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def request(self, fds: list[int], **what: Any) -> None:
        """Ask the warm process for something; it gets copies of these files."""
        try:
            socket.send_fds(self._requests, [json.dumps(what).encode()], fds)
        except OSError as error:
            raise SandboxError("The warm process has ended.") from error

    def load(self, modules: Iterable[str]) -> None:
        """Have these modules imported for all that is forked from now on."""
        fresh = set(modules) - self.modules
        if fresh and self.form is not Form.NONE:
            ours, theirs = socket.socketpair()
            with ours, theirs:
                self.request([theirs.fileno()], role="import", modules=sorted(fresh))
                theirs.close()
                ours.recv(1)  # closed when it is done
        self.modules |= fresh

    def kernel(self, files: Mapping[str, bytes], name: str, limits: Limits) -> "BoxedKernelManager":
        """A manager of a kernel, not started yet, that will have these files in its directory.

        Start it with `await km.start_kernel()` and end it with
        `await km.shutdown_kernel(now=True)`, which removes its private directories.
        """
        manager = BoxedKernelManager(connection_file="")
        manager.warm, manager.files, manager.box_name, manager.limits = self, files, name, limits
        return manager

    def referee(self, target: str = "grading.bench:main") -> "Referee | PlainReferee":
        """A trusted process that calls the function `target` with a connected stream socket."""
        ours, theirs = socket.socketpair()
        if self.form is Form.NONE:
            return PlainReferee(target, ours, theirs)
        life, their_life = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs, their_life:
            fds = [theirs.fileno(), their_life.fileno()]
            self.request(fds, role="referee", target=target)
        message, fds, *_ = socket.recv_fds(life, 100, 1)
        if not message:
            raise SandboxError("A referee could not be started.")
        return Referee(ours, life, int(message), fds[0])

    def close(self) -> None:
        """End the warm process, and with it every kernel and referee it has forked."""
        self.closed = True
        if not hasattr(self, "_process"):
            return
        self._requests.close()
        if os.getpid() != self.owner:
            return
        try:
            self._process.wait(1)
        except subprocess.TimeoutExpired:  # another process still holds the other end
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self._cwd, ignore_errors=True)
        del self._process


class Referee:
    """A process that runs checks. `sock` talks to it; `kill` ends it and what it has started."""

    def __init__(self, sock: socket.socket, life: socket.socket, pid: int, pidfd: int) -> None:
        self.sock, self.pid = sock, pid
        self._life, self._pidfd = life, pidfd

    def __enter__(self) -> "Referee":
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


class PlainReferee:
    """A referee where nothing can be forked: a Python started for it."""

    def __init__(self, target: str, sock: socket.socket, theirs: socket.socket) -> None:
        self.sock = sock
        with theirs:
            windows = sys.platform == "win32"
            passed = {} if windows else {"pass_fds": [theirs.fileno()]}
            start = "from grading.kernels import be_referee; be_referee()"
            self._process = subprocess.Popen(
                [sys.executable, "-c", start, target, "" if windows else str(theirs.fileno())],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                **passed,
            )
            if windows:
                self._process.stdin.write(theirs.share(self._process.pid))
            self._process.stdin.close()
        self.pid = self._process.pid

    def __enter__(self) -> "PlainReferee":
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


def be_referee() -> None:
    """What the Python of a PlainReferee does."""
    module, _, function = sys.argv[1].partition(":")
    if sys.argv[2]:
        channel = socket.socket(fileno=int(sys.argv[2]))
    else:
        channel = socket.fromshare(sys.stdin.buffer.read())
    getattr(importlib.import_module(module), function)(channel)


class BoxedKernelManager(AsyncKernelManager):
    """An AsyncKernelManager whose kernel is in the box. Made by `Warm.kernel`."""

    warm: Warm
    files: Mapping[str, bytes] = {}
    box_name: str = ""
    limits: Limits = Limits()

    @property
    def kernel_spec(self) -> KernelSpec:
        boxed = self.warm.form is not Form.NONE
        provisioner = {"provisioner_name": "grading-box" if boxed else "local-provisioner"}
        return KernelSpec(
            argv=ARGV,
            display_name="Python 3",
            language="python",
            metadata={"kernel_provisioner": provisioner},
        )

    async def _async_start_kernel(self, **kwargs: Any) -> None:
        if self.warm.form is Form.NONE:
            self._place = Place(self.files, self.box_name)
            kwargs["cwd"] = self._place.folder
        await super()._async_start_kernel(**kwargs)

    start_kernel = _async_start_kernel

    async def _async_cleanup_resources(self, restart: bool = False) -> None:
        await super()._async_cleanup_resources(restart=restart)
        if self.warm.form is Form.NONE and not restart:
            self._place.remove()

    cleanup_resources = _async_cleanup_resources


class Place:
    """A private directory of the host for one kernel, with the parts that `Spec` describes."""

    def __init__(self, files: Mapping[str, bytes], name: str) -> None:
        # The sockets' paths may have 107 bytes at most, and TMPDIR may be long.
        short = tempfile.gettempdir() if len(tempfile.gettempdir()) < 60 else "/tmp"
        self.path = tempfile.mkdtemp(prefix="box-", dir=short)
        self.folder = f"{self.path}/files"
        for part in ("files", "root", "s"):
            os.mkdir(f"{self.path}/{part}")
        write_files(Path(self.folder), files)

    def remove(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)


class BoxProvisioner(KernelProvisionerBase):
    """Has the warm process fork the kernel into the box.

    With a manager that `Warm.kernel` did not make, such as one that found this provisioner in a
    kernelspec, the process's own warm process is used, and the files are those of the directory
    that the kernel was to start in.
    """

    _place: Place | None = None
    _control: socket.socket | None = None
    _status: int | None = None
    why: str = ""  # why the supervisor ended the kernel, if it did
    report: Mapping[str, Any] = MappingProxyType({})  # what the box is, from within

    @property
    def has_process(self) -> bool:
        return self._control is not None

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        manager = self.parent
        self._warm = getattr(manager, "warm", None) or warm_for(())
        if self._place is None:
            if isinstance(manager, BoxedKernelManager):
                files, self._name = manager.files, manager.box_name
                self._limits = manager.limits
            else:
                folder = Path(kwargs.get("cwd") or ".").resolve()
                files, self._name, self._limits = read_files(folder), folder.name, Limits()
            self._place = Place(files, self._name)
        manager.transport = "ipc"
        manager.connection_file = f"{self._place.path}/s/kernel.json"
        manager.ip = f"{self._place.path}/s/kernel"
        manager.write_connection_file()
        self.connection_info = manager.get_connection_info()
        cmd = manager.format_kernel_cmd(extra_arguments=kwargs.pop("extra_arguments", []))
        return await super().pre_launch(cmd=cmd, **kwargs)

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> dict[str, Any]:
        """Raises SandboxError when there is no box, and then there is no kernel either."""
        name = re.sub(r"[^\w. -]|^\.+", "_", self._name) or "assignment"
        spec = Spec(self._warm.form, self._place.path, name, self._limits)
        env = {key: value for key, value in kwargs["env"].items() if key in PASSED}
        env |= {"PATH": f"{sys.prefix}/bin:/usr/local/bin:/usr/bin:/bin"}
        env.setdefault("LANG", "C.UTF-8")
        self._status, self.why = None, ""
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._control.setblocking(False)
        argv = [LAUNCHER, *cmd[cmd.index("-f") :]]
        with theirs:
            self._warm.request(
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
        self.report = message["ready"]
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
        loop = asyncio.get_running_loop()
        ready = loop.create_future()
        copy = os.dup(self._control.fileno())  # a loop has one reader for each file
        loop.add_reader(copy, lambda: ready.done() or ready.set_result(None))
        try:
            await ready
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


_shared: list[Warm] = []


def warm_for(modules: Iterable[str] = (), unsafe: bool = False) -> Warm:
    """The warm process of this process, with these modules imported; started when first needed.

    A process forked from one that had it goes on to use its parent's.
    """
    if not _shared or _shared[0].closed:
        _shared[:] = [Warm(modules, unsafe)]
        atexit.register(_shared[0].close)
    _shared[0].load(modules)
    return _shared[0]
