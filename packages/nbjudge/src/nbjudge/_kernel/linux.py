"""In the fork server and in a kernel's two processes: system calls that Python has no name for.

Each raises OSError when it fails.
"""

import ctypes
import errno
import os
import platform
import signal
import stat
import struct
from collections.abc import Collection
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
PR_SET_NO_NEW_PRIVS, PR_GET_NO_NEW_PRIVS = 38, 39
PR_GET_SECCOMP, PR_SET_SECCOMP = 21, 22
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
# Calls that no honest cell needs, by machine: they hold memory that belongs to no process, use up
# what all boxes of a user share, take other boxes' processors, or are much code of the system's
# that few programs try.
AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7, "riscv64": 0xC00000F3}
SOCKET, MMAP = (41, 198), (9, 222)  # the number on x86_64, and elsewhere
REFUSED_CALLS = {
    "shmget": (29, 194),
    "semget": (64, 190),
    "msgget": (68, 186),
    "io_setup": (206, 0),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "inotify_init": (253, 26),
    "inotify_init1": (294, 26),
    "perf_event_open": (298, 241),
    "fanotify_init": (300, 262),
    "memfd_create": (319, 279),
    "bpf": (321, 280),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "memfd_secret": (447, 447),
    "sched_setaffinity": (203, 122),
}
MAP_SHARED_ANONYMOUS = 0x21  # mmap: shared memory without a file, which unmapping leaves
UNIX, INET, INET6, NETLINK = 1, 2, 10, 16
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


def refuse_calls(families: Collection[int]) -> bool:
    """Refuse the calls above, and sockets but of these families, by a filter of seccomp.

    False on a machine whose numbers are not known here.
    """
    machine = platform.machine()
    if machine not in AUDIT:
        return False
    load, mask, equal, at_least, end = 0x20, 0x54, 0x15, 0x35, 0x06
    number, architecture, first, fourth = 0, 4, 16, 40
    refuse, allow = 0x50000, 0x7FFF0000
    here = machine != "x86_64"
    refused = sorted({numbers[here] for numbers in REFUSED_CALLS.values()})
    last = len(refused)
    # Each step is (what, steps to skip if it holds, steps to skip if not, value).
    steps = [
        (load, 0, 0, architecture),
        (equal, 1, 0, AUDIT[machine]),  # or it is a call as another machine numbers them
        (end, 0, 0, refuse | errno.ENOSYS),
        (load, 0, 0, number),
        (at_least, last, 0, 1 << 30),
        *((equal, last - at, 0, one) for at, one in enumerate(refused[:-1], 1)),
        (equal, 0, 1, refused[-1]),
        (end, 0, 0, refuse | errno.ENOSYS),
        (equal, 0, 5, MMAP[here]),
        (load, 0, 0, fourth),
        (mask, 0, 0, MAP_SHARED_ANONYMOUS),
        (equal, 0, 1, MAP_SHARED_ANONYMOUS),
        (end, 0, 0, refuse | errno.EPERM),
        (end, 0, 0, allow),
        (equal, 1, 0, SOCKET[here]),
        (end, 0, 0, allow),
        (load, 0, 0, first),
        *((equal, len(families) - at, 0, one) for at, one in enumerate(families)),
        (end, 0, 0, refuse | errno.EAFNOSUPPORT),
        (end, 0, 0, allow),
    ]
    program = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *one) for one in steps))
    given = struct.pack("@HP", len(steps), ctypes.addressof(program))
    call("prctl", PR_SET_SECCOMP, 2, given, 0, 0)
    return True


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
