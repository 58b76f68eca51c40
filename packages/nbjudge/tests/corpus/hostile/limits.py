"""Limits: what honest answers around the trouble have earned must stay."""

from dataclasses import replace

from hostile.case import CRASHED, GRADED, GUARD, LATE, NORMAL, PARTIAL, SHORT, SLOW, SMALL, attack

LIMITS = "limits"
attack(
    "fork_bomb",
    LIMITS,
    "More processes than are allowed.",
    """
    import os, resource, signal, time
    most = resource.getrlimit(resource.RLIMIT_NPROC)[1]
    assert most <= 32, most
    made = []
    for _ in range(most + 20):
        try:
            child = os.fork()
        except OSError:
            break
        if not child:
            time.sleep(5)
            os._exit(0)
        made.append(child)
    _say(f"made {len(made)}\\n")
    if len(made) >= most:
        found(len(made))
    for child in made:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    """,
    limits=SMALL,
    right=True,
    points=23,
    shows="made ",
)
attack(
    "forks_and_leaves",
    LIMITS,
    "Processes that leave their session and would outlive the kernel.",
    """
    import os, time, resource
    assert resource.getrlimit(resource.RLIMIT_NPROC)[1] <= 32
    for _ in range(5):
        if not os.fork():
            os.setsid()
            if not os.fork():
                os.execvp("sleep", ["sleep", "@LONG@"])
            os._exit(0)
    """,
    limits=SMALL,
    answers={"q5_choice": 'q5 = "B"'},
    points=2,
)
attack(
    "thread_bomb",
    LIMITS,
    "More threads than are allowed.",
    """
    import resource, threading
    most = resource.getrlimit(resource.RLIMIT_NPROC)[1]
    assert most <= 32, most
    stop, made = threading.Event(), 0
    for _ in range(most + 20):
        try:
            threading.Thread(target=stop.wait, daemon=True).start()
            made += 1
        except RuntimeError:
            break
    if made >= most:
        found(made)
    stop.set()
    """,
    limits=SMALL,
    right=True,
    points=23,
)
attack(
    "memory_bomb",
    LIMITS,
    "More memory than is allowed, twice.",
    """
    import resource
    most = resource.getrlimit(resource.RLIMIT_AS)[1]
    assert most <= 1 << 30, most
    def eat():
        held = []
        for _ in range(40):  # 2.5 GB at most, were there no limit
            held.append(bytearray(1 << 26))
    for _ in range(2):
        error = attempt("2.5 GB", eat)
        _say(f"{type(error).__name__}\\n")
    """,
    limits=SMALL,
    right=True,
    points=23,
    shows="MemoryError",
)
attack(
    "memory_bomb_by_many",
    LIMITS,
    "Twelve processes that are each within the limit, and together are not.",
    """
    import resource, subprocess, sys
    most = resource.getrlimit(resource.RLIMIT_AS)[1]
    assert most <= 1 << 30, most
    fired()
    code = "import time; held = bytearray(b'x') * (120 << 20); time.sleep(6)"
    # 1.4 GB at most, were there no limit.
    started = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(12)]
    found([one.wait() for one in started])
    """,
    limits=SMALL,
    right=True,
    points=23,
    fires=False,  # what was put out may have gone with the kernel
    shows="its processes held more memory together",
)
attack(
    "memory_of_no_process",
    LIMITS,
    "Memory and tables of the system that no process's limit counts, a page of each.",
    """
    import ctypes, mmap, os, platform
    libc = ctypes.CDLL(None, use_errno=True)
    for what in ("shmget", "semget", "msgget"):
        number = getattr(libc, what)(0, *((1,) if what == "semget" else (4096,)
                                         if what == "shmget" else ()), 0o1600)
        if number >= 0:
            found(what)
    attempt("memfd", lambda: os.memfd_create("x") and 1)
    attempt("shared memory without a file", lambda: len(mmap.mmap(-1, 4096)))
    for name in ("zero", "full", "null"):
        device = os.open(f"/dev/{name}", os.O_RDWR)
        attempt(f"shared memory of {name}", lambda: len(mmap.mmap(device, 4096)))
    if len(mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)) != 4096:
        raise SystemError("memory of one's own is not there")
    if platform.machine() == "x86_64":
        room = ctypes.create_string_buffer(128)
        calls = {"io_uring": (425, 1, room), "userfaultfd": (323, 1), "fanotify": (300, 0x201, 0),
                 "memfd_secret": (447, 0), "aio": (206, 1, room), "inotify": (294, 0)}
        for what, (number, *arguments) in calls.items():
            if libc.syscall(number, *arguments) >= 0:
                found(what)
    """,
    limits=SMALL,
)
attack(
    "disk_bomb",
    LIMITS,
    "More files than there is room for, in each place that can be written.",
    """
    import os
    for place in (".", "/tmp", "/dev/shm"):
        room = os.statvfs(place)
        assert room.f_blocks * room.f_frsize < 100e6, "the disk is not limited"
    written, error = 0, None
    for number in range(64):  # 64 MB at most, were there no limit
        try:
            with open(f"{('.', '/tmp', '/dev/shm')[number % 3]}/{number}", "wb") as file:
                file.write(bytes(1 << 20))
            written += 1
        except OSError as full:
            error = full
            break
    _say(f"{written} MB, {error}\\n")
    if error is None:
        found(written)
    """,
    limits=SMALL,
    right=True,
    points=23,
    shows="No space left",
)
attack(
    "file_bomb",
    LIMITS,
    "One file larger than is allowed, written and stretched.",
    """
    import os, resource
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[1] <= 8 << 20
    error = attempt("16 MB", lambda: open("/tmp/large", "wb").write(bytes(16 << 20)))
    attempt("stretched", os.truncate, "/tmp/large", 1 << 30)
    _say(f"{type(error).__name__} {os.path.getsize('/tmp/large')}\\n")
    """,
    limits=SMALL,
    right=True,
    points=23,
    shows="8388608",
)
attack(
    "open_files",
    LIMITS,
    "More open files than are allowed.",
    """
    import resource
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    assert most <= 256
    held = []
    for _ in range(most + 20):
        try:
            held.append(open("/dev/null"))
        except OSError:
            break
    else:
        found(len(held))
    for one in held:
        one.close()
    """,
    right=True,
    points=23,
)
attack(
    "many_small_files",
    LIMITS,
    "As many empty files as the disk has places for.",
    """
    import os
    free = os.statvfs(".").f_ffree
    assert free < 70_000
    for number in range(free + 20):
        try:
            os.mknod(f"/tmp/{number}")
        except OSError:
            break
    else:
        found(number)
    """,
    limits=SMALL,
    right=True,
    points=23,
)
attack(
    "prints_50_mb",
    LIMITS,
    "Fifty megabytes of lines.",
    """
    line = "x" * 999 + "\\n"
    fired()
    for _ in range(50_000):
        _say(line)
    """,
    right=True,
    points=23,
    shows="was left out",
    seconds=60,
)
attack(
    "prints_one_line",
    LIMITS,
    "One line of thirty megabytes.",
    "fired()\n_say('x' * 30_000_000 + '\\n')",
    right=True,
    points=23,
    shows="was left out",
    seconds=60,
)
attack(
    "prints_without_end",
    LIMITS,
    "Lines until the time of the cell is over.",
    """
    import time
    fired()
    end = time.monotonic() + 20
    while time.monotonic() < end:
        _say("x" * 99 + "\\n")
    """,
    before="q6_order",
    right=True,
    points=23,
    limits=replace(SHORT, cell_seconds=3, notebook_seconds=40),
    seconds=60,
)
attack(
    "many_displays",
    LIMITS,
    "A hundred thousand displays.",
    """
    from IPython.display import publish_display_data
    fired()
    for n in range(100_000):
        publish_display_data({"text/plain": str(n)})
    """,
    before="q6_order",
    right=True,
    points=23,
    limits=replace(SHORT, cell_seconds=5, notebook_seconds=50),
    status=(GRADED, PARTIAL),
    seconds=80,
)
attack(
    "comm_flood",
    LIMITS,
    "Two hundred megabytes of widgets' states, which the judge would have to keep.",
    """
    kernel = get_ipython().kernel
    parent = kernel.get_parent("shell")
    fired()
    for n in range(200):
        kernel.session.send(kernel.iopub_socket, "comm_open", {"comm_id": str(n),
            "target_name": "x", "data": {"state": {"x": "y" * 1_000_000}}}, parent=parent)
    """,
    before="q6_order",
    right=True,
    points=23,
    seconds=60,
)
attack(
    "deep_recursion",
    LIMITS,
    "A recursion that ends the process, not just the call.",
    """
    fired()
    nested = iter(())
    for _ in range(500_000):
        nested = filter(None, nested)  # no Python counts these calls, and their stack is C's
    next(nested)
    """,
    before="q5_choice",
    right=True,
    points=23,
    fires=False,
    limits=SMALL,
    status=(GRADED, PARTIAL),
)
for name, dies in {
    "exits": "_os._exit(0)",
    "segfaults": "import ctypes; ctypes.string_at(0)",
    "aborts": "_os.abort()",
    "kills_itself": "import signal; _os.kill(_os.getpid(), signal.SIGKILL); _os._exit(1)",
    "executes_another": "_os.execv('/bin/true', ['true'])",
}.items():
    attack(
        f"{name}_between",
        LIMITS,
        f"The kernel ends in a cell between right answers: {dies.split(';')[-1].strip()}.",
        dies,
        before="q5_choice",
        right=True,
        points=23,
        fires=False,
        shows="The kernel died in this cell",
        seconds=40,
    )
attack(
    "exits_in_an_answer",
    LIMITS,
    "The kernel ends in the fourth answer: what was before and after keeps its points.",
    "",
    right=True,
    answers={"q4_base": GUARD + "\n_os._exit(3)"},
    points=20,
    fires=False,
    status=PARTIAL,
    checks={"q4_base_check": CRASHED, "q3_count_check": GRADED, "q5_choice_check": GRADED},
    seconds=40,
)
attack(
    "exits_in_a_call",
    LIMITS,
    "A function ends the kernel when a check calls it.",
    "",
    right=True,
    answers={"q4_base": GUARD + "\ndef implied_base(*a):\n    _os._exit(3)"},
    points=20,
    fires=False,
    status=PARTIAL,
    checks={"q4_base_check": CRASHED, "q3_count_check": GRADED, "q5_choice_check": GRADED},
    seconds=40,
)
for name, worse in {
    "garbage": (
        "kernel = get_ipython().kernel\n    kernel.session.send("
        "kernel.iopub_socket, 'status', {}, parent=kernel.get_parent('shell'))"
    ),
    "deaf_loop": (
        "import signal\n    signal.signal(signal.SIGINT, signal.SIG_IGN)\n    while True: pass"
    ),
    "exit": "_os._exit(1)",
}.items():
    attack(
        f"worse_the_second_time_{name}",
        LIMITS,
        "A cell that does no harm at first, and does when it is run again in a fresh kernel.",
        # In a fresh kernel no check has asked for a function before this cell.
        f"import nbjudge._kernel.agent as agent\nfired()\nif not agent.things:\n    {worse}",
        before="q5_choice",
        right=True,
        answers={"q5_choice": GUARD + "\n_os._exit(3)"},
        points=21,
        status=PARTIAL,
        checks={"q5_choice_check": CRASHED, "q6_order_check": GRADED},
        limits=SLOW,
        seconds=60,
    )
attack(
    "exits_always",
    LIMITS,
    "Each answer ends the kernel, more often than it is started again.",
    "",
    answers=dict.fromkeys(
        ("q1_growth", "q2_points", "q3_count", "q4_base", "q6_order", "q7_chart"),
        GUARD + "\n_os._exit(3)",
    ),
    fires=False,
    status=(CRASHED, PARTIAL),
    checks={"q1_growth_check": CRASHED, "q7_chart_check": CRASHED},
    seconds=60,
)
for name, leaves in {
    "sys_exit": "import sys; sys.exit(0)",
    "raises_interrupt": "raise KeyboardInterrupt",
    "asks_for_input": "input('?')",
    "asks_for_a_password": "import getpass; getpass.getpass()",
    "debugger": "import pdb; pdb.set_trace()",
}.items():
    attack(
        name,
        LIMITS,
        f"{leaves.split(';')[-1].strip()} between right answers.",
        f"fired()\n{leaves}",
        before="q5_choice",
        right=True,
        points=23,
        status=(GRADED, PARTIAL),
        limits=replace(NORMAL, cell_seconds=6),
    )
attack(
    "quit",
    LIMITS,
    "quit() after right answers: the kernel ends some time after the cell.",
    "fired()\nquit()",
    before="q7_chart",
    right=True,
    answers={"q7_chart": "ax = ..."},
    points=19,
    status=(GRADED, PARTIAL),
)
for name, loop in {
    "loop": "while True: pass",
    "sleeps": "import time; time.sleep(100)",
    "loop_with_output": "import time\nwhile True: time.sleep(0.1); print('x')",
}.items():
    attack(
        name,
        LIMITS,
        "A loop without end between right answers.",
        f"fired()\n{loop}",
        before="q5_choice",
        right=True,
        points=23,
        limits=SLOW,
        seconds=40,
    )
STUBBORN = {
    "stubborn_loop": """
while True:
    try:
        while True: pass
    except BaseException: pass
""",
    "deaf_loop": "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass",
    "loop_in_c": "import itertools\nmax(itertools.repeat(1))",
    "sleeping_in_c": "import ctypes\nctypes.CDLL(None).sleep(100)\nctypes.CDLL(None).sleep(100)",
}
for name, loop in STUBBORN.items():
    attack(
        name,
        LIMITS,
        "A loop without end that no interrupt ends, between right answers.",
        f"fired()\n{loop}",
        before="q5_choice",
        right=True,
        points=23,
        limits=SLOW,
        status=(GRADED, PARTIAL),
        seconds=50,
    )
attack(
    "loop_in_a_call",
    LIMITS,
    "A function loops when a check calls it.",
    "",
    right=True,
    answers={"q4_base": "def implied_base(*a):\n    while True: pass"},
    points=20,
    fires=False,
    status=PARTIAL,
    checks={"q4_base_check": LATE, "q5_choice_check": GRADED},
    limits=SLOW,
    seconds=50,
)
attack(
    "loop_in_c_in_a_call",
    LIMITS,
    "A function loops in C when a check calls it.",
    "",
    right=True,
    answers={
        "q4_base": "import itertools\ndef implied_base(*a):\n    return max(itertools.repeat(1))"
    },
    points=20,
    fires=False,
    status=PARTIAL,
    checks={"q4_base_check": LATE, "q5_choice_check": GRADED},
    limits=SLOW,
    seconds=50,
)
attack(
    "loops_in_every_cell",
    LIMITS,
    "Every answer sleeps, until the time of the notebook is used up.",
    "",
    right=True,
    answers=dict.fromkeys(
        ("q3_count", "q4_base", "q5_choice", "q6_order", "q7_chart"),
        "import time\nfor _ in range(100): time.sleep(0.1)",
    ),
    points=7,
    fires=False,
    status=PARTIAL,
    checks={"q2_points_check": GRADED, "q7_chart_check": LATE},
    limits=replace(SHORT, cell_seconds=3, notebook_seconds=9),
    seconds=30,
)
attack(
    "lives_on_after_the_end",
    LIMITS,
    "Threads, finalizers and functions for the end, all of which never end.",
    """
    import atexit, threading, time, weakref
    def forever():
        while True: time.sleep(0.1)
    atexit.register(forever)
    threading.Thread(target=forever).start()
    class Last:
        def __del__(self): forever()
    keep = Last()
    import builtins
    builtins.kept = Last()
    """,
    right=True,
    points=23,
)
attack(
    "closes_its_files",
    LIMITS,
    "All open files of the kernel are closed, its sockets among them.",
    "fired()\nimport time; time.sleep(0.3)\n_os.closerange(3, 256)",
    before="q5_choice",
    right=True,
    points=23,
    limits=SLOW,
    status=(GRADED, PARTIAL),
    seconds=60,
)
attack(
    "closes_its_output",
    LIMITS,
    "The standard files are closed, or something else.",
    """
    import os, sys
    fired()
    for n in (0, 1, 2):
        os.close(n)
    sys.stdout = sys.stderr = None
    """,
    before="q7_chart",
    right=True,
    answers={"q7_chart": "ax = ..."},
    points=19,
    limits=SLOW,
    status=(GRADED, PARTIAL),
    seconds=60,
)
attack(
    "stops_itself",
    LIMITS,
    "The kernel stops itself and its threads by signals and alarms.",
    """
    import os, signal
    signal.alarm(1)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGSTOP)
    """,
    before="q5_choice",
    right=True,
    points=23,
    limits=SLOW,
    status=(GRADED, PARTIAL),
    seconds=60,
)
attack(
    "slow_display",
    LIMITS,
    "Formatters that sleep and raise errors while a value is shown or asked for.",
    """
    import time
    def slow(*a):
        time.sleep(0.3)
        raise ValueError
    shown = get_ipython().display_formatter
    for formatter in shown.formatters.values():
        formatter.for_type(int, slow)
        formatter.for_type(str, slow)
        formatter.for_type(object, slow)
    shown.mimebundle_formatter.for_type(object, slow)
    """,
    right=True,
    before="q7_chart",
    answers={"q7_chart": "ax = ..."},
    points=19,
    status=(GRADED, PARTIAL),
    seconds=60,
)
