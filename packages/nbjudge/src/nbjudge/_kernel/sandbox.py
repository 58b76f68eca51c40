"""In a kernel's two processes: the sandbox that a learner's code runs in, step by step.

The supervisor makes the namespaces (`separate`) and stays outside of the limits. The kernel process
furnishes the sandbox and gives up its rights (`enter`) before any code of a learner runs. A step
that fails is an error, and then there is no kernel.
"""

import os
import shutil
import site
import socket
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from glob import glob
from pathlib import Path
from typing import Any

from nbjudge._kernel import linux
from nbjudge._model import Limits

INSIDE, OUTSIDE = 1000, 65534  # the learner's user id in the box, and what it is outside for root
HOME = "/home/learner"
PARTS = "bin sbin lib lib32 lib64 libexec etc/fonts pyvenv.cfg".split()
SYSTEM = [
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/usr/share",
    "/usr/local/share/fonts",  # nbgrader's default exchange, with all submissions, is beside it
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/etc/fonts",
    "/etc/mime.types",
    "/etc/alternatives",
]
DEVICES = "null zero full random urandom".split()
LINKS = {"fd": "fd", "stdin": "fd/0", "stdout": "fd/1", "stderr": "fd/2"}
FILES = {
    "etc/passwd": f"learner:x:{INSIDE}:{INSIDE}::{HOME}:/bin/sh\n",
    "etc/group": f"learner:x:{INSIDE}:\n",
    "etc/hosts": "127.0.0.1 localhost\n",
    "etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
}


class SandboxError(Exception):
    """There is no sandbox that is strong enough, or a step of making it failed."""


class Form(StrEnum):
    """Whether there is a box, each with its sentence."""

    FULL = (
        "full",
        "Full sandbox: learners' code has no network, sees none of your files or processes, and is"
        " limited in memory, processes, disk and time.",
    )
    NONE = (
        "none",
        "NO SANDBOX: learners' code can read and change all that you can, use the network, and"
        " only the time limits hold.",
    )

    sentence: str

    def __new__(cls, value: str, sentence: str = "") -> "Form":
        member = str.__new__(cls, value)
        member._value_, member.sentence = value, sentence
        return member


@dataclass(frozen=True)
class Spec:
    """One box. `place` is a private directory of the host with the parts `files`, `root`, `s`.

    `core` is the number of the processor that it runs on; None is for any of them.
    `files` are the assignment's files, `s` holds the connection file and the kernel's sockets,
    `root` is empty. `shown` are paths of the host that are there in the box too, read-only.
    """

    place: str
    name: str
    limits: Limits
    shown: tuple[str, ...] = ()
    core: int | None = None

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, d: dict[str, Any]) -> "Spec":
        return cls(**{**d, "limits": Limits(**d["limits"]), "shown": tuple(d["shown"])})

    @property
    def sockets(self) -> str:
        return f"{self.place}/s"

    home, tmp = HOME, "/tmp"

    @property
    def cwd(self) -> str:
        return f"{HOME}/{self.name}"


def shown(modules: Iterable[str] = ()) -> tuple[str, ...]:
    """The paths of the host that Python needs in the box, and nothing that a course has.

    Of a module in `modules` that lives elsewhere, such as an editable install, only its own
    package is shown. A folder without `__init__` is no package: it may be a course's folder.
    Of settings, only those of this environment's kernels are: those of Jupyter, nbgrader and
    JupyterHub may hold passwords.
    """
    own = dict.fromkeys([sys.prefix, sys.base_prefix])
    paths = [f"{root}/{part}" for root in [*own, "/usr", "/usr/local"] for part in PARTS]
    paths += [f"{sys.prefix}/etc/ipython"]
    for root in own.keys() - {"/usr", "/usr/local"}:
        paths += [path for path in glob(f"{root}/share/*") if "/share/jupyter" not in path]
    paths += SYSTEM + [p for p in sys.path if p.endswith(("site-packages", "dist-packages"))]
    paths += [site.getusersitepackages()] if site.ENABLE_USER_SITE else []
    for name in sorted(set(modules)):
        file = getattr(sys.modules.get(name), "__file__", None)
        if file and "." not in name:
            paths.append(os.path.dirname(file) if Path(file).stem == "__init__" else file)
    both = [one for p in paths for one in (p, os.path.realpath(p)) if os.path.exists(p)]
    kept: list[str] = []
    for path in sorted(set(both), key=len):  # what is above another path comes first
        if not any(path.startswith(f"{parent}/") for parent in kept):
            kept.append(path)
    return tuple(kept)


def separate() -> None:
    """Move this process into new namespaces, whose first process will be its next child.

    Root maps two users: itself, who furnishes the box, and the learner, who is nobody outside.
    """
    Path("/proc/self/oom_score_adj").write_text("1000")  # short of memory, the kernel ends first
    linux.leave_keyring()
    me, user, group = os.getpid(), os.getuid(), os.getgid()
    spaces = linux.NEWUSER | linux.NEWNS | linux.NEWPID | linux.NEWNET
    spaces |= linux.NEWIPC | linux.NEWUTS | linux.NEWCGROUP
    if user:
        linux.call("unshare", spaces)
        write_maps("self", f"{INSIDE} {user} 1", f"{INSIDE} {group} 1", alone=True)
        return
    ready, go = os.pipe()
    helper = os.fork()
    if not helper:  # only a process that is still outside may map a second user
        try:
            os.close(go)
            os.read(ready, 1)
            both = f"0 0 1\n{INSIDE} {OUTSIDE} 1"
            write_maps(str(me), both, both)
            os._exit(0)
        finally:
            os._exit(1)
    linux.call("unshare", spaces)
    os.close(go)
    os.close(ready)
    if os.waitpid(helper, 0)[1]:
        raise SandboxError("the users of the sandbox could not be mapped")


def write_maps(process: str, users: str, groups: str, alone: bool = False) -> None:
    folder = Path("/proc", process)
    if alone:
        (folder / "setgroups").write_text("deny")
    (folder / "gid_map").write_text(groups)
    (folder / "uid_map").write_text(users)


def enter(spec: Spec) -> dict[str, Any]:
    """Furnish the box, move in, give up all rights for good, and look whether it is so.

    Returns what is true of it. Raises OSError or SandboxError, after which the process must end.
    """
    os.umask(0o022)
    os.setsid()
    if spec.core is not None:
        os.sched_setaffinity(0, {spec.core})
    furnish(spec)
    limit(spec.limits)
    os.chdir(spec.cwd)
    if linux.capabilities():
        linux.drop_bounding_set()
    if os.getuid() != INSIDE:
        os.setgroups([])
        os.setresgid(INSIDE, INSIDE, INSIDE)
        os.setresuid(INSIDE, INSIDE, INSIDE)
    linux.drop_capabilities()
    linux.prctl(linux.PR_SET_NO_NEW_PRIVS, 1)
    linux.prctl(linux.PR_SET_DUMPABLE, 1)  # was lost with the user id, and /proc/self with it
    linux.die_with_parent()
    version = linux.landlock(rights(spec)) if linux.landlock_version() else 0
    linux.refuse_calls((linux.UNIX, linux.NETLINK, linux.INET, linux.INET6))
    verify()
    return {"landlock": version, "uid": os.getuid()}


def verify() -> None:
    """Fail closed: look from the inside whether the box is what it should be."""
    wrong = []
    if linux.capabilities() or not linux.prctl(linux.PR_GET_NO_NEW_PRIVS):
        wrong.append("rights were left")
    if not os.access(os.__file__, os.R_OK) or not os.access(sys.executable, os.X_OK):
        wrong.append(f"Python in {sys.prefix} can't be read by other users: chmod -R o+rX it")
    if [name for _, name in socket.if_nameindex() if name != "lo"]:
        wrong.append("there is a network")
    if os.getpid() != 1 or os.getuid() != INSIDE:
        wrong.append("the namespaces are not new")
    if wrong:
        raise SandboxError("; ".join(wrong))


def furnish(spec: Spec) -> None:
    """Make the box's file tree and move into it."""
    limits, root = spec.limits, f"{spec.place}/root"
    given = sum(p.stat().st_size for p in Path(spec.place, "files").rglob("*") if p.is_file())
    room = 64 * 4096  # for the box's own directories and small files
    options = f"size={limits.disk + given + room},nr_inodes=65536,mode=0755"
    flags = linux.MS_NOSUID | linux.MS_NODEV
    linux.mount("none", "/", None, linux.MS_REC | linux.MS_PRIVATE)
    linux.mount("tmpfs", root, "tmpfs", flags, options)
    for path in spec.shown:
        show(path, root)
    for name in "dev/shm dev/pts proc tmp etc".split():
        os.makedirs(f"{root}/{name}", exist_ok=True)
    for name in DEVICES:
        Path(root, "dev", name).touch()
        # /dev/full gives zeros as well, but no memory to map that belongs to no process.
        source = "full" if name == "zero" else name
        linux.bind(f"/dev/{source}", f"{root}/dev/{name}", linux.NO_SUID | linux.NO_EXEC)
    for name, target in LINKS.items():
        os.symlink(f"/proc/self/{target}", f"{root}/dev/{name}")
    for name, text in FILES.items():
        Path(root, name).write_text(text)
    quiet = linux.MS_NOSUID | linux.MS_NOEXEC
    linux.mount("devpts", f"{root}/dev/pts", "devpts", quiet, "newinstance,ptmxmode=0666")
    os.symlink("pts/ptmx", f"{root}/dev/ptmx")
    try:
        linux.mount("proc", f"{root}/proc", "proc", flags | linux.MS_NOEXEC)
        Path(root, "proc/sys/user/max_user_namespaces").write_text("0")
    except OSError:  # containers may hide parts of /proc, and then there can't be a new one
        Path("/proc/sys/user/max_user_namespaces").write_text("0")
    shutil.copytree(f"{spec.place}/files", root + spec.cwd, symlinks=True)
    os.makedirs(root + spec.sockets, exist_ok=True)
    linux.bind(spec.sockets, root + spec.sockets, linux.NO_SUID | linux.NO_DEV | linux.NO_EXEC)
    own = [HOME, "/tmp", "/dev/shm"]
    for path in own:
        linux.bind(root + path, root + path, linux.NO_SUID | linux.NO_DEV)
    os.chmod(f"{root}/tmp", 0o1777)
    os.chmod(f"{root}/dev/shm", 0o1777)
    if os.getuid() != INSIDE:
        give_to([root + HOME, root + spec.sockets], INSIDE)
    socket.sethostname("learner")
    os.chdir(root)
    linux.call("pivot_root", ".", ".")
    linux.call("umount2", ".", linux.DETACH)
    os.chdir("/")
    linux.set_mount("/", linux.READ_ONLY)


def show(path: str, root: str) -> None:
    """Let the box see a path of the host, read-only."""
    target = root + path
    if os.path.lexists(target):
        return
    os.makedirs(os.path.dirname(target), exist_ok=True)
    if os.path.islink(path):
        os.symlink(os.readlink(path), target)
        return
    if os.path.isdir(path):
        os.makedirs(target)
    else:
        Path(target).touch()
    linux.bind(path, target, linux.READ_ONLY | linux.NO_SUID | linux.NO_DEV)


def give_to(folders: list[str], uid: int) -> None:
    for folder in folders:
        os.chown(folder, uid, uid)
        for parent, folders_in, files in os.walk(folder):
            for name in folders_in + files:
                os.chown(f"{parent}/{name}", uid, uid, follow_symlinks=False)


def limit(limits: Limits) -> None:
    import resource

    for what, most in {
        resource.RLIMIT_AS: limits.memory,
        resource.RLIMIT_FSIZE: limits.file_size,
        resource.RLIMIT_NPROC: limits.processes,
        resource.RLIMIT_NOFILE: 256,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_CPU: int(limits.notebook_seconds) + 1,
        resource.RLIMIT_MSGQUEUE: 0,
    }.items():
        hard = resource.getrlimit(what)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (most, most))


def rights(spec: Spec) -> dict[str, int]:
    """What Landlock lets this box do, by path."""
    read, device = linux.READ, linux.READ_FILE | linux.WRITE_FILE | linux.IOCTL_DEV
    only_sockets = linux.READ_FILE | linux.READ_DIR | linux.MAKE_SOCK | linux.REMOVE_FILE
    return {
        "/": read,  # all that is mounted may be read
        "/proc": read | linux.WRITE_FILE,
        **dict.fromkeys([HOME, "/tmp", "/dev/shm"], read | linux.WRITE),
        **{f"/dev/{name}": device for name in DEVICES},
        "/dev/pts": device | linux.READ_DIR,
        spec.sockets: only_sockets,
    }


def seal(spec: Spec) -> None:
    """By the supervisor, when the sockets are made: nothing more can be written on the host."""
    linux.set_mount(spec.sockets, linux.READ_ONLY)
