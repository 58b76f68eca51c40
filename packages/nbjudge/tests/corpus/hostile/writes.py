"""Writes outside, persistence, signals, rights."""

from hostile.case import attack

WRITES = "writes outside"
attack(
    "writes_files",
    WRITES,
    "The teacher's tree, the environment's packages and the settings of the next kernel.",
    """
    import os, site, sysconfig
    packages = sysconfig.get_paths()["purelib"]
    for path in ["@TREE@/gradebook.db", "@TREE@/hostile-canary", "@ROOT@/hostile-canary",
                 "@TEACHER@/hostile-canary", f"{packages}/hostile_canary.pth",
                 f"{packages}/hostile_canary.py", "@PREFIX@/etc/ipython/hostile-canary.py",
                 "@PREFIX@/bin/hostile-canary", "/etc/hostile-canary", "/usr/lib/hostile-canary",
                 "/hostile-canary", "/var/hostile-canary", "/root/hostile-canary"]:
        attempt(path, lambda: open(path, "ab").write(b"x"))
    for path in (os.__file__, "/etc/passwd", "/bin/sh", "@PREFIX@/bin/python"):
        attempt(path, lambda: open(path, "ab"))
        attempt(path, os.chmod, path, 0o777)
    """,
)
attack(
    "writes_beside_its_sockets",
    WRITES,
    "The directory of the host that holds the kernel's sockets takes new files, or other sockets.",
    """
    import os
    place = [line.split()[4] for line in open("/proc/self/mountinfo") if "/s " in line]
    place = [one for one in place if one.endswith("/s")]
    assert place, "the directory of the sockets was not found"
    for folder in place:
        attempt(folder, lambda: open(f"{folder}/hostile-canary", "wb").write(b"x"))
        for name in os.listdir(folder):
            attempt(name, os.unlink, f"{folder}/{name}")
            attempt(name, os.rename, f"{folder}/{name}", f"{folder}/x")
            attempt(name, os.symlink, "/etc/passwd", f"{folder}/hostile-link")
    """,
)
attack(
    "changes_the_connection_file",
    WRITES,
    "The file that says where the kernel is names another place.",
    """
    import glob, os, sys
    files = [one for one in sys.argv if one.endswith(".json")]
    assert files
    for path in files:
        attempt(path, lambda: open(path, "w").write("{}"))
        attempt(path, os.remove, path)
    """,
    answers={"q5_choice": 'q5 = "B"'},
    points=2,
)
PLANT = """
import os, sys, sysconfig
home = os.path.expanduser("~")
code = "import builtins; builtins.planted = True; open('/tmp/planted', 'w').write('x')\\n"
for path in (f"{home}/.ipython/profile_default/startup/00-planted.py",
             f"{home}/.ipython/profile_default/ipython_kernel_config.py",
             f"{home}/.config/matplotlib/matplotlibrc", f"{home}/.planted", "/tmp/planted",
             "/dev/shm/planted", "sitecustomize.py", "usercustomize.py", "planted.py",
             f"{home}/.local/lib/python{sys.version[:4]}/site-packages/planted.pth",
             f"{home}/.jupyter/jupyter_config.py", f"{home}/.bashrc", f"{home}/.pythonrc.py",
             sysconfig.get_paths()["purelib"] + "/planted.pth",
             os.path.dirname(os.__file__) + "/planted.py"):
    try:
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        open(path, "w").write(code)
    except OSError:
        pass
"""
attack(
    "plants_files",
    WRITES,
    "Startup files, settings, modules and marks in HOME, /tmp, /dev/shm and the packages.",
    PLANT + "assert os.path.exists('/tmp/planted')",
)
attack(
    "looks_for_planted_files",
    WRITES,
    "The next submission looks for what another one has left.",
    """
    import builtins, os
    places = ["/tmp", "/dev/shm", os.path.expanduser("~"), os.path.expanduser("~/.ipython"), ".",
              os.path.expanduser("~/.config"), os.path.expanduser("~/.local")]
    for place in places:
        for folder, _, names in os.walk(place):
            for name in names:
                if "planted" in name:
                    found(f"{folder}/{name}")
    if hasattr(builtins, "planted"):
        found("planted code has run")
    try:
        import planted
        found("a planted module")
    except ImportError:
        pass
    """,
)
attack(
    "signals",
    WRITES,
    "Its parent, every process it can name, and all at once are told to end.",
    """
    import os, signal
    if os.getppid() != 0:
        found(f"a parent {os.getppid()}")
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    others = [n for n in map(int, filter(str.isdigit, os.listdir("/proc"))) if n != os.getpid()]
    for number in [*others, @PID@]:
        attempt(f"kill {number}", os.kill, number, signal.SIGTERM)
    try:
        os.kill(-1, signal.SIGTERM)  # reaches what is in this process space, which is nothing
    except ProcessLookupError:
        pass
    fired()
    """,
)
attack(
    "asks_for_rights",
    WRITES,
    "Other users, new namespaces, mounts, a new root, tracing, the clock, the host's name.",
    """
    import ctypes, os, socket
    libc = ctypes.CDLL(None, use_errno=True)
    for number in (0, 65534, 1):
        attempt(f"setuid {number}", os.setuid, number)
        attempt(f"setgid {number}", os.setgid, number)
    attempt("setgroups", os.setgroups, [0])
    attempt("chroot", os.chroot, ".")
    attempt("sethostname", socket.sethostname, "x")
    attempt("nice", os.nice, -5)
    for name, flag in dict(user=0x10000000, mount=0x20000, pid=0x20000000, net=0x40000000).items():
        if libc.unshare(flag) == 0:
            found(f"unshare {name}")
    os.makedirs("mine", exist_ok=True)
    if libc.mount(b"none", b"mine", b"tmpfs", 0, None) == 0:
        found("mount")
    if libc.mount(None, b"/", None, 0x20 | 0x1000, None) == 0:
        found("remount")
    if libc.umount2(b"/tmp", 2) == 0:
        found("umount")
    if libc.ptrace(16, 2, 0, 0) == 0:
        found("ptrace")
    if libc.personality(0x0040000) == -1:
        pass
    for path, text in {"/proc/self/uid_map": "0 0 1", "/proc/self/oom_score_adj": "-1000",
                       "/proc/sys/kernel/core_pattern": "|/bin/false", "/proc/sysrq-trigger": " ",
                       "/proc/sys/user/max_user_namespaces": "100"}.items():
        attempt(path, lambda: open(path, "w").write(text) and None or 1)
    for path in ("/usr/bin/su", "/usr/bin/sudo", "/bin/mount"):
        if os.path.exists(path) and "nosuid" not in open("/proc/self/mountinfo").read():
            found("set-user-id programs work")
    """,
)
attack(
    "raises_its_limits",
    WRITES,
    "The limits on memory, processes and files are set higher.",
    """
    import resource
    for name in ("AS", "NPROC", "FSIZE", "NOFILE", "CORE", "CPU"):
        which = getattr(resource, f"RLIMIT_{name}")
        soft, hard = resource.getrlimit(which)
        if hard == resource.RLIM_INFINITY:
            found(f"{name} is not limited")
        else:
            attempt(name, resource.setrlimit, which, (hard + 1, hard + 1))
    """,
)
