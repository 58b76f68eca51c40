"""In the fork server: it has a course's libraries imported, and forks kernels and check runners.

Started by `forkserver.ForkServer` with one end of a socket pair. Each request is one datagram of
JSON with files attached, so that all processes that inherited the other end can ask at once.
It runs no code but imports, has one thread, and holds nothing of a course. When no process holds
the other end any more, it ends, and all that it forked with it.
"""

import gc
import importlib
import json
import os
import random
import select
import signal
import socket
import sys
import tempfile
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

from nbjudge._kernel import linux, quiet, sandbox, supervisor
from nbjudge._kernel.probe import probe
from nbjudge._kernel.rehearsal import rehearse

DEBUG = bool(os.environ.get("NBJUDGE_DEBUG"))
# Never anything of matplotlib_inline: its backend ties itself to the shell when it is imported.
BASE = """
    IPython ipykernel.kernelapp ipykernel.debugger zmq jupyter_client.session sqlite3
    tornado.platform.asyncio IPython.core.completerlib IPython.core.debugger_backport
    IPython.core.logger IPython.core.magic_arguments IPython.core.magics.ast_mod
    IPython.core.magics.execution IPython.core.magics.pylab IPython.core.oinspect
    IPython.core.pylabtools IPython.extensions.storemagic IPython.utils.module_paths
    IPython.utils.wildcard stack_data executing asttokens pygments.formatters.terminal256
    pygments.styles timeit pdb IPython.core.debugger faulthandler
    nbjudge._values nbjudge._kernel.agent nbjudge._judge.check_runner
""".split()
# What the first picture imports; with matplotlib only.
DRAWING = ["matplotlib.backends.backend_agg", "matplotlib.style.core", "PIL.PngImagePlugin"]


host_paths: tuple[str, ...] = ()  # the paths of the host that every box has


def main(request_fd: int, modules: list[str]) -> None:
    """Import, say what this host allows, and serve until nobody can ask any more."""
    gc.disable()  # to look for cycles among what only grows takes a fifth of all the time
    os.environ["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"  # or the debugger warns at each import
    drawing = DRAWING if any(name.startswith("matplotlib") for name in modules) else []
    for name in BASE + extensions() + modules + drawing:
        before = threads()
        preload(name)
        if threads() > before and name in modules:  # a fork would copy locks but no threads
            left = [one for one in modules if one != name]
            arguments = [str(request_fd), json.dumps(left)]
            os.execv(sys.executable, [*sys.orig_argv[:-2], *arguments])
    requests = socket.socket(fileno=request_fd)
    why = probe(tuple(modules), str(Path.cwd().parent))
    freeze()
    requests.send(json.dumps({"why": why}).encode())
    serve(requests, set(modules))


def freeze() -> None:
    """Do what is done once, here; then, what the children only read stays shared with them."""
    rehearse()
    global host_paths
    packages = {name for name in sys.modules if "." not in name} - set(sys.stdlib_module_names)
    host_paths = sandbox.shown(packages - {"__main__"})
    gc.freeze()
    gc.enable()


def threads() -> int:
    return len(os.listdir("/proc/self/task"))


def preload(name: str) -> None:
    """Import `a.b`: the module, or `a` where b is one of its names. Failures are the kernel's."""
    parent, _, last = name.rpartition(".")
    with suppress(BaseException):
        if not parent or not hasattr(importlib.import_module(parent), last):
            importlib.import_module(name)


def extensions() -> list[str]:
    """The IPython extensions that every kernel of this environment loads."""
    from traitlets.config.loader import Config, JSONFileConfigLoader, PyFileConfigLoader

    names: list[str] = []
    for name in ("ipython_config", "ipython_kernel_config"):
        for loader, file in (
            (PyFileConfigLoader, f"{name}.py"),
            (JSONFileConfigLoader, f"{name}.json"),
        ):
            with suppress(Exception):
                config: Config = loader(file, f"{sys.prefix}/etc/ipython").load_config()
                for option in ("extensions", "extra_extensions"):
                    found = config.InteractiveShellApp.get(option, [])
                    names += found if isinstance(found, list) else found.get_value([])
    return names


def serve(requests: socket.socket, modules: set[str]) -> None:
    """Answer requests, and end a trusted process when its caller closes the other end of `life`."""
    lives: dict[int, tuple[socket.socket, int, int]] = {}
    cores = Cores()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the system reaps the children
    poll = select.poll()
    poll.register(requests, select.POLLIN)
    while True:
        ready = sorted(number for number, _ in poll.poll())
        ready.sort(key=requests.fileno().__eq__)  # what has ended comes before what is asked for
        for number in ready:
            if number != requests.fileno():
                poll.unregister(number)
                if number in lives:
                    end_trusted(*lives.pop(number))
                else:
                    cores.free(number)
                continue
            message, fds, *_ = socket.recv_fds(requests, 1 << 20, 8)
            if not message:
                for each in lives.values():
                    end_trusted(*each)
                return
            with suppress(OSError):  # no more processes: the caller sees its files closed
                request = json.loads(message)
                if request["role"] == "import":
                    late([name for name in request["modules"] if name not in modules])
                    modules.update(request["modules"])
                else:
                    if request["role"] == "kernel":
                        core = request["spec"]["core"] = cores.least_used()
                        used, in_use = os.pipe()
                        fds.append(in_use)
                        cores.taken[used] = core
                        poll.register(used)
                    child, pidfd = fork(request, fds, modules)
                    if request["role"] == "trusted":
                        life = socket.socket(fileno=os.dup(fds[1]))
                        lives[life.fileno()] = (life, child, pidfd)
                        poll.register(life, select.POLLIN)
                        socket.send_fds(life, [str(child).encode()], [pidfd])
                    else:
                        os.close(pidfd)
            for fd in fds:
                os.close(fd)


class Cores:
    """Which processor each box has. With no more boxes than processors, each has one to itself:
    then no submission, however many processes it starts, slows down another."""

    def __init__(self) -> None:
        every = sorted(os.sched_getaffinity(0))
        begin = os.getpid() % len(every)  # other fork servers begin with another one
        self.every = every[begin:] + every[:begin]
        self.taken: dict[int, int] = {}  # by a pipe, whose other end the box's supervisor closes

    def least_used(self) -> int:
        return min(self.every, key=[*self.taken.values()].count)

    def free(self, used: int) -> None:
        del self.taken[used]
        os.close(used)


def fork(request: dict[str, Any], fds: list[int], modules: set[str]) -> tuple[int, int]:
    """Fork a kernel or a trusted process; its number, and a file that stands for it."""
    ready, go = os.pipe()
    try:
        child = os.fork()
        if not child:
            os.close(go)
            os.read(ready, 1)  # it must not end before there is that file
            become(request, fds, modules)
        return child, os.pidfd_open(child)
    finally:
        os.close(ready)
        os.close(go)


def late(modules: list[str]) -> None:
    """Import more, but for modules that start threads: that is tried in a child first."""
    for name in modules:
        ours, theirs = os.pipe()
        child = os.fork()
        if not child:
            preload(name)
            os.write(theirs, b"threads" if threads() > 1 else b"none")
            os._exit(0)
        os.close(theirs)
        if os.read(ours, 16) == b"none":
            preload(name)
        os.close(ours)
    freeze()


def end_trusted(life: socket.socket, pid: int, pidfd: int) -> None:
    """Kill a trusted process and what it started, if it still runs, or its number is another's."""
    with suppress(ProcessLookupError):
        signal.pidfd_send_signal(pidfd, signal.SIGKILL)
        os.killpg(pid, signal.SIGKILL)
    os.close(pidfd)
    life.close()


def become(request: dict[str, Any], fds: list[int], modules: set[str]) -> NoReturn:
    """What a fresh child does: it forgets the fork server, and is what was asked for."""
    role = request["role"]
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        supervisor.keep_only(*fds if role == "kernel" else fds[:1])
        channel = socket.socket(fileno=fds[0])
        fresh_chance()
        if role == "trusted":
            linux.die_with_parent()
            os.setpgid(0, 0)
            trusted(channel, request["target"])
        else:
            spec = sandbox.Spec.from_dict(request["spec"])
            kernel(channel, spec, request["argv"], request["env"], modules, fds[1])
    except BaseException as error:
        if DEBUG:
            traceback.print_exc()
        if role == "kernel":
            supervisor.tell(channel, error=f"{type(error).__name__}: {error}")
    finally:
        os._exit(0)


def fresh_chance() -> None:
    """Forked processes would all draw the same numbers."""
    random.seed()
    if numpy := sys.modules.get("numpy"):
        with suppress(AttributeError):
            numpy.random.seed()
    tempfile.tempdir = None


def trusted(channel: socket.socket, target: str) -> None:
    """Call `module:function` with the socket. It is trusted: there is no box."""
    os.environ["MPLBACKEND"] = "agg"
    if matplotlib := sys.modules.get("matplotlib"):
        matplotlib.rcParams["backend"] = "agg"
    module, _, function = target.partition(":")
    getattr(importlib.import_module(module), function)(channel)


def kernel(
    control: socket.socket,
    spec: sandbox.Spec,
    argv: list[str],
    env: dict[str, str],
    modules: set[str],
    in_use: int,
) -> None:
    """Be the supervisor of a kernel that runs in the box of `spec`. It closes `in_use` when the
    processor is free again."""
    top = {name.partition(".")[0] for name in modules}

    def run(ready: Callable[[], None]) -> None:
        import atexit

        from ipykernel.kernelapp import IPKernelApp

        home = {"HOME": spec.home, "TMPDIR": spec.tmp, "USER": "learner", "LOGNAME": "learner"}
        os.environ.clear()
        os.environ.update(env | home)
        own_files_first(spec.cwd, top)
        sys.argv[:] = argv
        app = IPKernelApp.instance(outstream_class=f"{quiet.__name__}.QuietStream")
        app.initialize(["--HistoryManager.hist_file=:memory:", *argv[1:]])
        # quit() in a cell would end the kernel a moment later, in the middle of another's check.
        assert app.shell
        app.shell.ask_exit = lambda: None
        app.shell.events.register("post_execute", show_figures)
        ready()
        app.start()
        atexit._run_exitfuncs()

    supervisor.supervise(replace(spec, shown=host_paths), control, run, lambda: os.close(in_use))


def show_figures() -> None:
    """After a cell, show its figures before pyplot draws them.

    pyplot draws what a cell leaves stale, and then the inline backend draws it again to show it,
    and closes it. Shown first, a figure is gone when pyplot looks: a third less work, and the
    same picture.
    """
    if inline := sys.modules.get("matplotlib_inline.backend_inline"):
        inline.flush_figures()


def own_files_first(cwd: str, modules: set[str]) -> None:
    """A module beside the notebook goes before one of the same name that was imported early."""
    for path in Path(cwd).iterdir():
        name = path.stem if path.suffix == ".py" else path.name
        if name in modules and (path.suffix == ".py" or (path / "__init__.py").exists()):
            for loaded in [m for m in sys.modules if m == name or m.startswith(f"{name}.")]:
                del sys.modules[loaded]


if __name__ == "__main__":
    main(int(sys.argv[1]), json.loads(sys.argv[2]))
    os._exit(0)  # nothing is left to do, and Python's own end takes as long as a submission
