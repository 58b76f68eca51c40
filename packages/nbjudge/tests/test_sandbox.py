"""The box holds: first that it is on, then what can't be done in it. All probes are harmless."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

import nbjudge
from boxes import Box, soon
from nbjudge import Source, Submission, grade
from nbjudge._kernel.forkserver import ForkServer
from nbjudge._kernel.probe import remedy
from nbjudge._kernel.sandbox import Form, SandboxError
from nbjudge._model import MB, Limits
from places import COURSE, PYTHONPATH
from small_course import code, notebook

HOME = Path(nbjudge.__file__).parent  # the package itself
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has the full form")


SETTINGS = {  # of a teacher, in the home directory
    ".jupyter/nbgrader_config.py": "c.CourseDirectory.db_url = 's3cret'",
    ".ipython/profile_default/ipython_config.py": "c.InteractiveShellApp.exec_lines = ['x = 1']",
    ".ipython/profile_default/startup/00.py": "planted = 's3cret'",
    ".config/matplotlib/matplotlibrc": "hist.bins: 77",
}


@pytest.fixture(scope="module")
def forkserver(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    for name, text in SETTINGS.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("A_SECRET_OF_THE_TEACHER", "s3cret")
        patch.setenv("HOME", str(home))
        with ForkServer(["pandas"]) as forkserver:
            assert forkserver.form is Form.FULL, forkserver.why
            yield forkserver


@pytest.fixture(scope="module")
def box(forkserver):
    """One box for all probes that leave nothing behind."""
    with Box(forkserver, {"data/in.csv": b"a\n1\n"}, "p1") as box:
        yield box


def in_python(code: str) -> str:
    """The code of a cell that runs `code` in a process with one thread and prints its output."""
    return f"""
        import subprocess, sys
        done = subprocess.run([sys.executable, "-c", {code!r}], capture_output=True, text=True)
        print(done.stdout or done.stderr)
    """


# The box is on.


def test_the_full_form_announces_nothing(forkserver):
    assert forkserver.notice == ""


def test_every_namespace_is_new(box):
    mine = {kind: os.readlink(f"/proc/self/ns/{kind}") for kind in box.proof["spaces"]}
    assert len(mine) == 7
    assert not set(mine.values()) & set(box.proof["spaces"].values())


def test_the_learner_is_nobody_outside(box):
    inside, outside = box.proof["map"][-3:-1]
    assert int(inside) == 1000
    assert int(outside) == (65534 if os.getuid() == 0 else os.getuid())


def test_the_supervisor_says_what_the_box_is(box):
    report = box.manager.provisioner.report
    assert report["uid"] == 1000
    assert report["landlock"] > 0


def test_the_kernel_dies_first_when_memory_is_short(box):
    assert box.value('print(open("/proc/self/oom_score_adj").read())') == 1000


# What can't be seen.


def test_of_this_distribution_only_the_package_is_there(box):
    above = box.value(f"import json, os; print(json.dumps(os.listdir({str(HOME.parent)!r})))")
    assert above == [HOME.name]


@pytest.mark.parametrize("part", ["solutions", "exercises", "answers"])
def test_a_course_is_not_there(box, part):
    assert (COURSE / part).exists()
    assert box.error(f"import os; os.stat({str(COURSE / part)!r})")[0] == "FileNotFoundError"


@pytest.mark.parametrize(
    "path", ["/usr/local/share/nbgrader", "/sys", "/run", "/var", "/etc/shadow", "/root/.ssh"]
)
def test_the_rest_of_the_system_is_not_there(box, path):
    assert box.error(f"import os; os.stat({path!r})")[0] == "FileNotFoundError"


def test_a_gradebook_is_not_visible_by_path_or_link(box, tmp_path):
    book = tmp_path / "gradebook.db"
    book.write_text("grades")
    assert box.error(f"open({str(book)!r})")[0] == "FileNotFoundError"
    link = f"import os; os.symlink({str(book)!r}, 'link'); open('link')"
    assert box.error(link)[0] == "FileNotFoundError"
    up = "../" * 20 + str(book).lstrip("/")
    assert box.error(f"open({up!r})")[0] == "FileNotFoundError"


def test_no_file_of_the_host_is_open(box):
    targets = box.value("""
        import json, os
        links = []
        for name in os.listdir("/proc/self/fd"):
            try:
                links.append(os.readlink(f"/proc/self/fd/{name}"))
            except OSError:
                pass
        print(json.dumps(links))
    """)
    assert {link for link in targets if link.startswith("/")} <= {"/dev/null", "/dev/urandom"}


def test_the_environment_of_the_teacher_is_not_there(box):
    assert os.environ["A_SECRET_OF_THE_TEACHER"] == "s3cret"
    text = box.value("""
        import json, os
        print(json.dumps(str(dict(os.environ)) + open("/proc/self/environ").read()))
    """)
    assert "s3cret" not in text and "HOME" in text


def test_no_settings_of_the_host_are_there(box):
    """But for those of the environment's own kernels, which a learner has as well."""
    places = [f"{root}/{part}" for root in (sys.prefix, "/usr/local") for part in ("etc", "share")]
    hidden = [str(path) for place in places for path in Path(place).glob("*")]
    hidden = [path for path in hidden if "jupyter" in path] + [os.environ["HOME"]]
    assert len(hidden) > 2 and all(map(os.path.exists, hidden))
    code = "import json, os; print(json.dumps([p for p in {!r} if os.path.exists(p)]))"
    assert box.value(code.format(hidden)) == []
    assert box.value(code.format([f"{sys.prefix}/etc"])) and "x" not in box.value("""
        import json
        print(json.dumps([name for name in ("x", "planted") if name in globals()]))
    """)


def test_charts_do_not_follow_the_teachers_settings(forkserver):
    """Also where matplotlib is imported beside the teacher's home directory, as for checks."""
    bins = "import matplotlib\nbins = matplotlib.rcParams['hist.bins']\n"
    check = f"theirs = mine\n{bins}assert (theirs, bins) == (10, 10), f'{{theirs}} {{bins}}'"
    cells = [code("q", f"{bins}mine = bins", solution=True), code("c", check, 1)]
    source = Source("a1", nbformat.writes(notebook(*cells)))
    result = grade(source, Submission(source.notebook.encode()), None, forkserver)
    assert result.score == 1, result["c"].message


def test_only_its_own_sockets_are_there(forkserver, box):
    with Box(forkserver) as other:
        look = "import glob, json; print(json.dumps(glob.glob('/tmp/*/*/s/kernel.json')))"
        mine, theirs = box.value(look), other.value(look)
        assert len(mine) == len(theirs) == 1 and mine != theirs
        folder = os.path.dirname(theirs[0])
        assert Path(folder, "kernel-1").is_socket()
        assert box.error(f"import os; os.listdir({folder!r})")[0] == "FileNotFoundError"


# What can't be changed.


@pytest.mark.parametrize(
    "path", [sys.prefix + "/lib/x", "/usr/bin/x", "/x_of_a_box", "/etc/x", "/dev/x"]
)
def test_nothing_of_the_system_can_be_written(box, path):
    kind, text = box.error(f"open({path!r}, 'w')")
    assert kind in ("OSError", "PermissionError", "FileNotFoundError"), text
    assert not os.path.exists(path)


def test_the_directory_of_the_sockets_is_sealed(box):
    place = box.value("import glob, json; print(json.dumps(glob.glob('/tmp/*/*/s')[0]))")
    before = sorted(os.listdir(place))
    assert box.error(f"open({place + '/x'!r}, 'w')")[0] in ("OSError", "PermissionError")
    bind = f"import socket; socket.socket(socket.AF_UNIX).bind({place + '/y'!r})"
    assert box.error(bind)[0] in ("OSError", "PermissionError")
    assert box.error(f"import os; os.unlink({place + '/kernel-1'!r})")[0] in (
        "OSError",
        "PermissionError",
    )
    assert sorted(os.listdir(place)) == before


def test_the_learner_has_a_home_and_the_files(box):
    seen = box.value("""
        import json, os, tempfile
        from pathlib import Path
        Path("out.txt").write_text("x")
        Path.home().joinpath("note").write_text("x")
        tempfile.NamedTemporaryFile().write(b"x")
        Path("data/in.csv").write_text("changed")
        files = sorted(path.as_posix() for path in Path().rglob("*.*"))
        print(json.dumps([os.getcwd(), str(Path.home()), files]))
    """)
    assert seen == ["/home/learner/p1", "/home/learner", ["data/in.csv", "out.txt"]]


def test_a_box_leaves_nothing_for_the_next(forkserver):
    with Box(forkserver) as first:
        first.value("""
            import os
            from pathlib import Path
            folder = Path.home() / ".ipython/profile_default/startup"
            folder.mkdir(parents=True, exist_ok=True)
            for path in (folder / "x.py", Path("/tmp/x"), Path("/dev/shm/x"), Path("x")):
                path.write_text("stolen = 1")
            print(1)
        """)
    with Box(forkserver) as second:
        assert second.error("stolen")[0] == "NameError"
        assert (
            second.value("""
            import json, os
            from pathlib import Path
            paths = [Path("/tmp/x"), Path("/dev/shm/x"), Path("x"), Path.home() / ".ipython/x.py"]
            print(json.dumps([path.exists() for path in paths]))
        """)
            == [False] * 4
        )


def test_a_new_user_namespace_is_refused(box):
    code = (
        "import ctypes; libc = ctypes.CDLL(None, use_errno=True);"
        "print([libc.unshare(0x10000000), ctypes.get_errno()])"
    )
    result, number = box.value(in_python(code))
    assert result == -1 and number in (errno.ENOSPC, errno.EPERM)


def test_no_capability_comes_back_from_a_program(box):
    assert box.value(in_python("import os; print(os.getresuid()[0])")) == 1000
    kind, _ = box.error("import os; os.setuid(0)")
    assert kind == "PermissionError"


def test_processes_of_the_host_can_not_be_signalled(box):
    kind, _ = box.error(f"import os; os.kill({os.getpid()}, 0)")  # 0 only asks
    assert kind == "ProcessLookupError"
    assert box.value("import os; print(os.getppid())") == 0


def test_a_tcp_socket_can_not_be_bound(box):
    kind, _ = box.error("import socket; socket.socket().bind(('127.0.0.1', 0))")
    assert kind == "PermissionError"


# The limits.

TIGHT = Limits(memory=2048 * MB, file_size=2 * MB, disk=8 * MB, processes=40, notebook_seconds=100)


@pytest.fixture(scope="module")
def tight(forkserver):
    with Box(forkserver, limits=TIGHT) as box:
        limits = box.value("""
            import json, resource
            print(json.dumps([resource.getrlimit(getattr(resource, "RLIMIT_" + name))
                              for name in ("AS", "FSIZE", "NPROC", "CPU", "CORE", "NOFILE")]))
        """)
        expected = [TIGHT.memory, TIGHT.file_size, TIGHT.processes, 101, 0, 256]
        assert limits == [[number, number] for number in expected]
        yield box


def test_a_limit_can_not_be_raised(tight):
    kind, _ = tight.error("""
        import resource
        resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY,) * 2)
    """)
    assert kind in ("ValueError", "PermissionError")


def test_too_much_memory_is_a_memory_error(tight):
    assert tight.error(f"bytes({TIGHT.memory})")[0] == "MemoryError"
    assert tight.value("print(2)") == 2


def test_a_file_has_a_largest_size(tight):
    code = f"from pathlib import Path; Path('big').write_bytes(bytes({2 * TIGHT.file_size}))"
    kind, text = tight.error(code)
    assert kind == "OSError" and f"[Errno {errno.EFBIG}]" in text
    assert tight.value("import os; os.remove('big'); print(1)") == 1


@pytest.mark.parametrize("folder", ["/tmp", "/dev/shm", "."])
def test_all_files_together_have_a_largest_size(tight, folder):
    kind, text = tight.error(f"""
        from pathlib import Path
        written = [path.write_bytes(bytes({MB}))
                   for path in (Path({folder!r}, f"f{{n}}") for n in range(20))]
    """)
    assert kind == "OSError" and f"[Errno {errno.ENOSPC}]" in text
    count = tight.value(f"""
        from pathlib import Path
        made = list(Path({folder!r}).glob("f*"))
        [path.unlink() for path in made]
        print(len(made))
    """)
    assert 7 <= count <= 9


def test_the_number_of_processes_is_limited(tight):
    """Bounded: never more than 20 forks over the limit, which the fixture has looked at."""
    made = tight.value(f"""
        import os, signal, warnings
        warnings.simplefilter("ignore")  # since 3.12, of a fork beside the kernel's own threads
        children, refused = [], 0
        for _ in range({TIGHT.processes} + 20):
            try:
                child = os.fork()
            except BlockingIOError:
                refused += 1
                continue
            if not child:
                try:
                    signal.alarm(20)
                    signal.pause()
                finally:
                    os._exit(0)
            children.append(child)
        for child in children:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        print([len(children), refused])
    """)
    children, refused = made
    assert 10 < children < TIGHT.processes and refused > 20


# Each of what is started here holds 160 MB for a while, and has hidden itself from other users.
HOLDING = """
import multiprocessing, subprocess, sys, time
mine = bytearray(b"x") * (150 << 20)
code = ("import ctypes, time; ctypes.CDLL(None).prctl(4, 0, 0, 0, 0);"
        "held = bytearray(b'x') * (160 << 20); time.sleep(%d)")
def start(count, seconds):
    return [subprocess.Popen([sys.executable, "-c", code % seconds]) for _ in range(count)]
"""
SUM = Limits(memory=1024 * MB, processes=32)


def test_processes_that_hold_less_together_live(forkserver):
    """Seven that share 250 MB hold it once, and three hold 480 MB."""
    with Box(forkserver, limits=SUM) as box:
        box.run(HOLDING)
        ended = box.value("""
            with multiprocessing.get_context("fork").Pool(6) as pool:
                started = start(3, 2)
                pool.map(time.sleep, [2] * 6)
            print([one.wait() for one in started])
        """)
        assert ended == [0, 0, 0]


def test_processes_that_hold_more_together_are_ended(forkserver):
    """Bounded: 1.3 GB, were there no limit."""
    with Box(forkserver, limits=SUM) as box:
        box.run(HOLDING)
        box.run("started = start(7, 600)")
        provisioner = box.manager.provisioner
        assert soon(lambda: box.wait(provisioner.poll()) is not None)
        assert "more memory together" in provisioner.why


def test_memory_of_no_process_is_refused(box):
    code = """
        import ctypes, json, mmap, os, socket
        libc, refused = ctypes.CDLL(None), []
        for make in (
            lambda: os.memfd_create("x"),
            lambda: mmap.mmap(-1, 4096),
            lambda: mmap.mmap(os.open("/dev/zero", os.O_RDWR), 4096),
            lambda: socket.socket(40, socket.SOCK_STREAM),
        ):
            try:
                make()
            except OSError:
                refused.append(True)
        refused.append(libc.shmget(0, 4096, 0o1600) < 0)
        private = mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        print(json.dumps([len(private), *refused]))
    """
    assert box.value(code) == [4096, True, True, True, True, True]


# Where there is no box.


def outside(code: str, *before: str) -> subprocess.CompletedProcess:
    """Run Python in another process of the host, perhaps by way of a command."""
    return subprocess.run(
        [*before, sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": PYTHONPATH},
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_each_form_says_what_it_is_in_one_line():
    for form in Form:
        assert len(form.sentence) > 60 and "\n" not in form.sentence
    assert len({form.sentence for form in Form}) == len(Form)


def test_without_user_namespaces_one_sentence_says_what_would_bring_the_box():
    code = """
from nbjudge._kernel.forkserver import ForkServer
from nbjudge._kernel.sandbox import SandboxError
try:
    ForkServer()
except SandboxError as error:
    print(error)
with ForkServer(unsafe=True) as forkserver:
    print(forkserver.form, "|", forkserver.notice)
"""
    shell = 'echo 0 > /proc/sys/user/max_user_namespaces && exec "$@"'
    done = outside(code, "unshare", "--user", "--map-root-user", "sh", "-c", shell, "sh")
    refused, asked = done.stdout.splitlines()
    for said in (refused, asked):
        assert "NO SANDBOX" in said and "unshare" in said
        assert "sudo sysctl -w user.max_user_namespaces=15000" in said
    assert "c.Grade.unsafe = True" in refused and asked.startswith("none | ")


@pytest.mark.parametrize(
    ("name", "value", "command"),
    [
        ("kernel/apparmor_restrict_unprivileged_userns", "1", "userns=0"),
        ("kernel/unprivileged_userns_clone", "0", "userns_clone=1"),
        ("kernel/unprivileged_userns_clone", "1", "docker run"),
    ],
)
def test_the_command_that_brings_a_box_is_named(tmp_path, name, value, command):
    (tmp_path / name).parent.mkdir()
    (tmp_path / name).write_text(f"{value}\n")
    assert command in remedy(tmp_path)


def test_an_ordinary_user_gets_the_full_form():
    code = """
import os
from boxes import Box
from nbjudge._kernel.forkserver import ForkServer
with ForkServer() as forkserver, Box(forkserver) as box:
    print(os.getuid(), forkserver.form, box.proof["map"])
"""
    done = outside(code, "unshare", "--user", "--map-user=1234", "--map-group=1234")
    assert done.stdout.strip() == "1234 full ['1000', '1234', '1']", done.stderr


def test_without_a_sandbox_there_is_no_kernel_unless_asked_for():
    with pytest.raises(SandboxError, match=r"NO SANDBOX.*--unsafe.*c\.Grade\.unsafe = True"):
        ForkServer(form=Form.NONE)


@pytest.mark.parametrize("unsafe", [False, True])
def test_nothing_is_graded_without_linux(monkeypatch, unsafe):
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(SandboxError, match=r"^Grading needs Linux"):
        ForkServer(unsafe=unsafe)


@pytest.fixture(scope="module")
def open_one():
    with ForkServer(unsafe=True, form=Form.NONE) as forkserver:
        yield forkserver


def test_without_a_box_kernels_run_and_it_is_announced(open_one):
    assert open_one.form is Form.NONE
    assert open_one.notice.startswith(Form.NONE.sentence)
    with Box(open_one, {"a": b"41"}) as box:
        assert box.value("print(int(open('a').read()) + 1)") == 42


def test_a_box_that_can_not_be_made_is_no_kernel(forkserver):
    with (
        pytest.raises(SandboxError, match="No kernel"),
        Box(forkserver, limits=Limits(disk=-(10**9))),
    ):
        pass


def test_the_form_can_be_asked_on_the_command_line():
    done = subprocess.run(
        [sys.executable, "-m", "nbjudge._kernel.probe"],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert Form.FULL.sentence in done.stdout, done.stderr


def test_a_proof_fails_without_the_box(open_one):
    """The guard of all the tests above: it does not pass where there is no box."""
    with Box(open_one) as box:
        with pytest.raises(AssertionError):
            box.prove()
        assert json.loads(box.run("print(1)")[0]) == 1
