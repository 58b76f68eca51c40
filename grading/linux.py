"""Linux system calls that Python 3.11 has no name for. Each raises OSError when it fails."""

import ctypes
import os
import platform
import signal
import stat
from contextlib import suppress
from typing import Any

# unshare
NEWNS, NEWCGROUP, NEWUTS, NEWIPC = 0x20000, 0x2000000, 0x4000000, 0x8000000
NEWUSER, NEWPID, NEWNET = 0x10000000, 0x20000000, 0x40000000
# mount
MS_NOSUID, MS_NODEV, MS_NOEXEC = 2, 4, 8
MS_BIND, MS_REC, MS_PRIVATE = 0x1000, 0x4000, 0x40000
DETACH = 2
# mount_setattr
READ_ONLY, NO_SUID, NO_DEV, NO_EXEC = 1, 2, 4, 8
# prctl
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_CAPBSET_DROP = 1, 4, 24
PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS, PR_GET_NO_NEW_PRIVS = 36, 38, 39
PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL = 47, 4
# The numbers of these four are the same on every architecture.
MOUNT_SETATTR, LANDLOCK_CREATE, LANDLOCK_ADD_RULE, LANDLOCK_RESTRICT = 442, 444, 445, 446
KEYCTL = {"x86_64": 250, "aarch64": 219, "riscv64": 219, "ppc64le": 271, "s390x": 280}
# Landlock's rights on files, by the version of its interface that brought them.
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR, MAKE_SOCK = 1, 2, 4, 8, 1 << 9
REMOVE_FILE, REFER, TRUNCATE, IOCTL_DEV = 1 << 5, 1 << 13, 1 << 14, 1 << 15
READ = EXECUTE | READ_FILE | READ_DIR
WRITE = ((1 << 16) - 1) & ~EXECUTE & ~(1 << 6) & ~(1 << 11)  # no device nodes
ON_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV
TCP = 3  # bind and connect
SCOPES = 3  # abstract sockets and signals


def call(name: str, *args: Any) -> int:
    """Call a function of the C library and return its result, which is never negative."""
    libc = ctypes.CDLL(None, use_errno=True)
    ready = [
        ctypes.c_long(arg)
        if isinstance(arg, int)
        else ctypes.c_char_p(os.fsencode(arg) if isinstance(arg, str) else arg)
        if isinstance(arg, str | bytes | None)
        else arg
        for arg in args
    ]
    result = getattr(libc, name)(*ready)
    if result < 0:
        code = ctypes.get_errno()
        what = " ".join([name, *(str(arg) for arg in args if isinstance(arg, str | int))])
        raise OSError(code, f"{os.strerror(code)} in {what}")
    return result


def prctl(option: int, first: int = 0, second: int = 0) -> int:
    return call("prctl", option, first, second, 0, 0)


def die_with_parent(signum: int = signal.SIGKILL) -> None:
    """Get this signal when the thread that forked this process ends."""
    prctl(PR_SET_PDEATHSIG, signum)


def mount(source: str, target: str, kind: str | None, flags: int, options: str = "") -> None:
    call("mount", source, target, kind, flags, options)


def bind(source: str, target: str, attributes: int) -> None:
    """Show `source` (a file, or a directory with all that is mounted in it) at `target` too."""
    mount(source, target, None, MS_BIND | MS_REC)
    set_mount(target, attributes, recursive=True)


def set_mount(target: str, attributes: int, recursive: bool = False) -> None:
    """Add attributes such as READ_ONLY to the mount at `target`."""
    words = (ctypes.c_uint64 * 4)(attributes, 0, 0, 0)
    at_cwd, at_recursive = -100, 0x8000
    flags = at_recursive if recursive else 0
    call("syscall", MOUNT_SETATTR, at_cwd, target, flags, words, ctypes.sizeof(words))


def drop_bounding_set() -> None:
    """Make it impossible to gain a capability by running a program."""
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)
    with open("/proc/sys/kernel/cap_last_cap") as file:
        last = int(file.read())
    for capability in range(last + 1):
        prctl(PR_CAPBSET_DROP, capability)


def drop_capabilities() -> None:
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    call("capset", header, (ctypes.c_uint32 * 6)())


def capabilities() -> int:
    """The effective and permitted capabilities of this process, as bits; 0 is none."""
    header, words = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
    call("capget", header, words)
    return words[0] | words[1] | words[3] << 32 | words[4] << 32


def leave_keyring() -> None:
    """Replace the inherited session keyring by an empty one, where the kernel has keyrings."""
    if number := KEYCTL.get(platform.machine()):
        join_session_keyring = 1
        with suppress(OSError):  # without keyrings none can be read
            call("syscall", number, join_session_keyring, None)


def landlock_version() -> int:
    """The version of Landlock's interface, or 0 where there is none."""
    try:
        return call("syscall", LANDLOCK_CREATE, None, 0, 1)
    except OSError:
        return 0


def landlock(allowed: dict[str, int]) -> int:
    """Allow this process only these rights, each below a path. Return the interface's version.

    TCP, signals to other processes and abstract sockets are denied as far as the version can.
    A path that does not exist allows nothing.
    """
    version = landlock_version()
    known = (1 << 13) - 1
    for since, right in ((2, REFER), (3, TRUNCATE), (5, IOCTL_DEV)):
        known |= right if version >= since else 0
    words = [known] + [TCP] * (version >= 4) + [SCOPES] * (version >= 6)
    attributes = (ctypes.c_uint64 * len(words))(*words)
    ruleset = call("syscall", LANDLOCK_CREATE, attributes, ctypes.sizeof(attributes), 0)
    for path, rights in allowed.items():
        try:
            file = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except FileNotFoundError:
            continue
        if not stat.S_ISDIR(os.fstat(file).st_mode):
            rights &= ON_FILES
        rule = (rights & known).to_bytes(8, "little") + file.to_bytes(4, "little")
        path_beneath = 1
        call("syscall", LANDLOCK_ADD_RULE, ruleset, path_beneath, rule, 0)
        os.close(file)
    call("syscall", LANDLOCK_RESTRICT, ruleset, 0)
    os.close(ruleset)
    return version
