"""Secrets: what a learner's code could read of the teacher's."""

from hostile.case import attack

SECRETS = "secrets"
attack(
    "reads_history",
    SECRETS,
    "In, Out, the history and every string in memory are searched for checks.",
    """
    import gc
    def look(*a):
        texts = [str(one) for one in get_ipython().user_ns.get("In", [])]
        texts += [str(row) for row in get_ipython().history_manager.get_range()]
        for one in texts:
            if "def look" not in one and ("assert" in one or "_check" in one):
                found(one[:200])
    get_ipython().events.register("pre_run_cell", look)
    get_ipython().events.register("post_run_cell", look)
    for one in gc.get_objects():
        if type(one) is dict and any(type(k) is str and k.endswith("_check") for k in list(one)):
            found(list(one)[:5])
    """,
)
SCAN = """
def scan():
    # In two parts, so that this function itself is not what is found.
    first, second = b"@FIRST@", b"@SECOND@"
    with open("/proc/self/mem", "rb", buffering=0) as memory:
        for line in open("/proc/self/maps"):
            span, rights = line.split()[:2]
            if rights[:2] != "rw" or "[v" in line:
                continue
            start, end = (int(n, 16) for n in span.split("-"))
            for place in range(start, end, 1 << 24):
                try:
                    memory.seek(place)
                    part = memory.read(min(1 << 24, end - place))
                except (OSError, ValueError, OverflowError):
                    break
                at = part.find(first)
                while at >= 0:
                    if part.startswith(second, at + len(first)):
                        found("the secret is in memory")
                    at = part.find(first, at + 1)
    return 0
"""
attack(
    "reads_memory",
    SECRETS,
    "The whole memory of the kernel is searched for a hidden test, while that test calls it.",
    SCAN + "scan()",
    answers={
        "q1_growth": (
            "seen = []\ndef growth_pct(a, b):\n    if not seen:\n        scan()\n"
            "        seen.append(1)\n    return (b - a) / a * 100"
        ),
        "q2_points": "_say(f'looked {len(seen)} times\\n')",
    },
    points=3,
    shows="looked 1 times",
    seconds=60,
)
attack(
    "reads_frames",
    SECRETS,
    "The frames above a learner's function are searched, while a check calls it.",
    """
    import sys
    # In parts, so that the text of this cell is not what is found.
    wanted = ["".join(parts) for parts in (
        ("growth_pct", " stops"), ("Call it", " with 50"), ("-hid", "den"), ("ass", "ert abs"))]
    def look():
        frame = sys._getframe()
        while frame:
            parts = [frame.f_code.co_consts, frame.f_code.co_names]
            parts += [one for name, one in list(frame.f_locals.items()) if name != "wanted"]
            for one in parts:
                text = str(one)[:100_000] if one is not wanted else ""
                for word in wanted:
                    if word in text and repr(word) not in text:
                        found(f"{word} in {frame.f_code.co_name}")
            frame = frame.f_back
    """,
    answers={
        "q1_growth": "def growth_pct(a, b):\n    look()\n    return (b - a) / a * 100",
        "q2_points": "",
    },
    points=3,
)
attack(
    "reads_environment",
    SECRETS,
    "The environment, those of all processes, and their command lines.",
    """
    import glob, os
    if any("SECRET" in name or "TOKEN" in name for name in os.environ):
        found(dict(os.environ))
    for path in glob.glob("/proc/[0-9]*/environ") + ["/proc/self/environ"]:
        text = open(path, "rb").read()
        _say(ascii(text[:3000]) + "\\n")
        if b"SECRET" in text:
            found(path)
    if len([name for name in os.listdir("/proc") if name.isdigit()]) != 1:
        found("other processes")
    """,
)
attack(
    "reads_files",
    SECRETS,
    "The teacher's sources, gradebook, releases and other submissions, by their paths.",
    """
    import glob, os
    for place in ("@TREE@", "@TEACHER@", "@REALHOME@/.ipython", "@REALHOME@/.jupyter"):
        if os.path.exists(place):
            found(place)
    # The package that grades is there, as the kernel needs it, and nothing that lies around it.
    if os.path.exists("@ROOT@") and (rest := set(os.listdir("@ROOT@")) - {"src"}):
        found(rest)
    for pattern in ("@TREE@/**", "@TREE@/source/*/*", "../**", "../../**",
                    "@ROOT@/tests/course/*/*/*"):
        for path in glob.glob(pattern, recursive=True)[:1000]:
            if path.endswith((".ipynb", ".db")):
                found(path)
                _say(ascii(open(path, "rb").read()[:2000]))
    for name in ("gradebook.db", "../gradebook.db", "@TREE@/gradebook.db", "@TEACHER@/notes.txt"):
        attempt(name, lambda: open(name, "rb").read(100))
    """,
)
attack(
    "walks_the_disk",
    SECRETS,
    "Every directory of the box is searched for notebooks, gradebooks and sockets.",
    """
    import os, stat
    for folder, folders, names in os.walk("/"):
        if folder.startswith(("/proc", "/usr/lib", "/usr/share", "@PREFIX@/lib", "@PREFIX@/share")):
            folders[:] = []
            continue
        for name in names:
            if name.endswith((".ipynb", "gradebook.db")) or "SECRET" in name:
                found(os.path.join(folder, name))
        for name in names:
            path = os.path.join(folder, name)
            if stat.S_ISSOCK(os.lstat(path).st_mode) and not folder.endswith("/s"):
                found(path)
    import glob
    boxes = glob.glob("@TEMP@/nbjudge-*/*")
    if len(boxes) > 1:
        found(boxes)
    """,
    seconds=60,
)
attack(
    "reads_devices",
    SECRETS,
    "Memory, disks and the kernel's tables, as files and as devices.",
    """
    import glob, os
    for path in ["/dev/mem", "/dev/kmem", "/dev/port", "/proc/kcore", "/dev/sda", "/dev/vda",
                 "/dev/kmsg", "/proc/kmsg", "/etc/shadow", "/root/.bashrc",
                 "/proc/1/root/etc/shadow", "/sys/kernel/security", "/dev/fuse",
                 "/dev/kvm", "/dev/net/tun"]:
        attempt(path, lambda: os.listdir(path) if os.path.isdir(path) else open(path, "rb").read(1))
    for number in (1, 8, 252):
        attempt(f"mknod {number}", os.mknod, f"device{number}", 0o60600, os.makedev(number, 1))
    """,
)
attack(
    "reads_open_files",
    SECRETS,
    "The files that the kernel was born with: none is a door to the process that forks kernels.",
    """
    import os, socket, stat
    kinds = []
    for number in map(int, os.listdir("/proc/self/fd")):
        try:
            target = os.readlink(f"/proc/self/fd/{number}")
        except OSError:
            continue
        if target.startswith("socket:"):
            one = socket.socket(fileno=os.dup(number))
            if one.type == socket.SOCK_SEQPACKET:
                found(f"{number} {target}")
            kinds.append(str(one.type))
            one.close()
        elif target.startswith("/") and not target.startswith(("/dev/", "/proc/")):
            found(target)
    """,
)
attack(
    "links_at_run_time",
    SECRETS,
    "Links to the teacher's files, made in the folder that is graded, and read.",
    """
    import os
    for number, place in enumerate(("@TREE@/gradebook.db", "@TEACHER@/notes.txt", "/etc/shadow",
                                    "@ROOT@/tests", "/proc/1/root/etc/shadow")):
        os.symlink(place, f"soft{number}")
        attempt(f"soft {place}", lambda: open(f"soft{number}", "rb").read(10))
        attempt(f"hard {place}", os.link, place, f"hard{number}")
    attempt("hard link to a module", os.link, os.__file__, "hard")
    """,
)
attack(
    "looks_through_the_sandbox",
    SECRETS,
    "The namespaces and directories of other processes, and the old root, by way of /proc.",
    """
    import ctypes, os
    libc = ctypes.CDLL(None, use_errno=True)
    for kind in ("mnt", "pid", "net", "user"):
        handle = attempt_open = None
        try:
            handle = os.open(f"/proc/1/ns/{kind}", os.O_RDONLY)
        except OSError:
            continue
        if kind != "pid" and kind != "user" and libc.setns(handle, 0) == 0:
            found(f"setns {kind}")
    for path in ("/.oldroot", "/oldroot", "/old", "/proc/1/root/work/shared",
                 "/proc/1/cwd/../../../../root/.ipython"):
        if os.path.exists(path) and os.listdir(path):
            found(path)
    """,
)
attack(
    "asks_the_network",
    SECRETS,
    "Interfaces and routes are read, to find a network; nothing is sent.",
    """
    import socket
    names = [name for _, name in socket.if_nameindex()]
    if names != ["lo"]:
        found(names)
    for path in ("/proc/net/route", "/proc/net/arp", "/proc/net/unix"):
        lines = open(path).read().splitlines()[1:]
        if path != "/proc/net/unix" and lines:
            found(lines)
        if path == "/proc/net/unix" and any("@" in line for line in lines):
            found("abstract sockets of others")
    routes = open("/proc/net/ipv6_route").read().split("\\n") if _os.path.exists(
        "/proc/net/ipv6_route") else []
    if any(line.split()[-1] != "lo" for line in routes if line.strip()):
        found(routes)
    """,
)
attack(
    "sockets_past_the_network",
    SECRETS,
    "Kinds of sockets that reach the host without a network are made; nothing is sent.",
    """
    import socket
    for name, family in {"vsock": 40, "packet": 17, "alg": 38, "can": 29, "tipc": 30}.items():
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW, socket.SOCK_SEQPACKET):
            attempt(name, lambda: socket.socket(family, kind).fileno())
    """,
)
attack(
    "keys_for_the_next",
    SECRETS,
    "A key of the system's, which other boxes of the same user could list, and read.",
    """
    import ctypes, platform
    libc = ctypes.CDLL(None, use_errno=True)
    number = {"x86_64": 248, "aarch64": 217}[platform.machine()]
    user_keyring = ctypes.c_long(-4)
    made = libc.syscall(number, b"user", b"grading", b"x", ctypes.c_size_t(1), user_keyring)
    if made >= 0:
        found(made)
    """,
)
