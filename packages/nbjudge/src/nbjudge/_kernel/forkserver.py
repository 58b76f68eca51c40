"""In the judge's worker: the fork server from outside, which forks kernels and check runners.

`ForkServer` starts it, with a course's libraries imported once; what happens in it is in
forkserver_process.py.
"""

import atexit
import importlib.util
import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from nbjudge._files import temporary_folder
from nbjudge._kernel.sandbox import Form, SandboxError
from nbjudge._kernel.trusted import ForkedProcess, SpawnedProcess

KEPT = "PATH LANG LC_ALL LC_CTYPE TZ HOME PYTHONPATH LD_LIBRARY_PATH NBJUDGE_DEBUG".split()
START_SECONDS = 60


class ForkServer:
    """A process with these modules imported, from which kernels and check runners are forked.

    Use it as a context manager. Processes forked while it is open may use it too, all at once; it
    belongs to the process that made it. `form` is what the sandbox is here, `notice` is the one
    line to announce when that is not the full form, else "". Raises SandboxError where there is
    no sandbox and `unsafe` is not set, and on any system but Linux. With `form` NONE there is no
    sandbox even where it can be had.
    """

    def __init__(
        self, modules: Iterable[str] = (), unsafe: bool = False, form: Form = Form.FULL
    ) -> None:
        if sys.platform != "linux":
            raise SandboxError(
                "Grading needs Linux: on Windows, do it in WSL; on a Mac, in a virtual machine."
            )
        self.modules = set(modules)
        self.owner, self.closed = os.getpid(), False
        self.form, self.notice = form, ""
        self.why = ""
        if form is not Form.NONE:
            self._start()
        if self.form is not Form.FULL:
            self.notice = f"{self.form.sentence} (The reason: {self.why or 'it was asked for'}.)"
        if self.form is Form.NONE and not unsafe:
            self.close()
            raise SandboxError(
                f"{self.notice} Nothing is graded then. If you accept it, add --unsafe to nbjudge "
                "autograde, or put c.Grade.unsafe = True into nbgrader_config.py for nbgrader "
                "autograde and Formgrader."
            )

    def _start(self) -> None:
        self._cwd = temporary_folder("forkserver")
        self._requests, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        home = str(Path(__file__).resolve().parents[2])
        start = (  # -P would take the directory of the notebook from the kernels' sys.path too
            "import runpy, sys;"
            f"sys.path[:] = [*dict.fromkeys(p for p in [*sys.path, {home!r}] if p)];"
            "name = 'nbjudge._kernel.forkserver_process';"
            "runpy.run_module(name, run_name='__main__', alter_sys=True)"
        )
        debug = None if os.environ.get("NBJUDGE_DEBUG") else subprocess.DEVNULL
        arguments = [str(theirs.fileno()), json.dumps(sorted(self.modules))]
        # With its environment the process would hand every kernel the teacher's secrets.
        env = {name: os.environ[name] for name in KEPT if name in os.environ}
        env |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
        env |= {"MPLBACKEND": "module://matplotlib_inline.backend_inline"}
        if matplotlib := importlib.util.find_spec("matplotlib"):  # not the teacher's settings
            env |= {"MATPLOTLIBRC": f"{os.path.dirname(matplotlib.origin or '')}/mpl-data"}
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
            raise SandboxError("The fork server did not start; NBJUDGE_DEBUG=1 shows why.")
        self.why = hello["why"]
        if self.why:
            self.form = Form.NONE
            self._end()

    def __enter__(self) -> "ForkServer":
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def request(self, fds: list[int], **what: Any) -> None:
        """Ask the fork server for something; it gets copies of these files."""
        try:
            socket.send_fds(self._requests, [json.dumps(what).encode()], fds)
        except OSError as error:
            raise SandboxError("The fork server has ended.") from error

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

    def trusted(self, target: str) -> ForkedProcess | SpawnedProcess:
        """A trusted process that calls the function `target` with a connected stream socket."""
        ours, theirs = socket.socketpair()
        if self.form is Form.NONE:
            return SpawnedProcess(target, ours, theirs)
        life, their_life = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs, their_life:
            fds = [theirs.fileno(), their_life.fileno()]
            self.request(fds, role="trusted", target=target)
        message, fds, *_ = socket.recv_fds(life, 100, 1)
        if not message:
            raise SandboxError("A process for the checks could not be started.")
        return ForkedProcess(ours, life, int(message), fds[0])

    def close(self) -> None:
        """End the process, and with it all that it has forked."""
        self.closed = True
        self._end()

    def _end(self) -> None:
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


_shared: list[ForkServer] = []


def forkserver_for(modules: Iterable[str] = (), unsafe: bool = False) -> ForkServer:
    """The fork server of this process, with these modules imported; started when first needed.

    A process forked from one that had it goes on to use its parent's.
    """
    if not _shared or _shared[0].closed:
        _shared[:] = [ForkServer(modules, unsafe)]
        atexit.register(_shared[0].close)
    _shared[0].load(modules)
    return _shared[0]
