"""How hostile submissions are judged: what they find, and what must be so afterwards.

A test file names its CASES, some of those in corpus/hostile/. All that are asked for are judged
once, several at a time, before the first test of the file; a test then looks at one case and
reports each fact that is not as it should be. Before any of them runs, `proven` looks from inside
of the sandbox whether it is on. If it is not, every test fails, and nothing hostile has run.
HOSTILE_TABLE=1 prints what became of each case.
"""

import json
import math
import os
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import nbformat
import psutil
import pytest

from boxes import Box, soon
from golden import Golden
from hostile import AREAS, CASES, Case, honest, honest_but_wrong, mini, source_with
from lending import lent
from nbjudge import Limits, Result, Source, Status, Submission, grade
from nbjudge._assignment.names import modules_of
from nbjudge._kernel.forkserver import ForkServer
from nbjudge._kernel.sandbox import Form
from places import COURSE, PACKAGE

# What becomes of these beside their points depends on how fast the machine is.
TIMED = {"answers_from_a_thread", "foreign_replies", "forged_colliding_set", "forged_huge_reply"}
AT_ONCE = 3
# How many cases are judged, one after the other, before an honest submission is: a case that
# spoils something for others spoils it for good, but where it takes time, memory or places.
BEFORE_A_NEIGHBOUR = {"limits": 1, "writes outside": 1}
FULL_MARKS = 23
PYTHON = Path(sys.base_prefix)
PROOF_OF_LIMITS = """
import json, os, resource
space = os.statvfs(".")
writable = []
for path in json.loads(PATHS):
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_APPEND))
        writable.append(path)
    except OSError:
        pass
print(json.dumps({
    "limits": [resource.getrlimit(getattr(resource, f"RLIMIT_{n}"))[1] for n in
               ("AS", "NPROC", "FSIZE", "NOFILE", "CORE")],
    "disk": space.f_blocks * space.f_frsize,
    "seen": [path for path in json.loads(PATHS) + json.loads(HIDDEN) if os.path.exists(path)],
    "writable": writable,
    "environment": sorted(os.environ),
}))
"""


def names(file: str) -> list[str]:
    """The cases that this test file runs, those with the longest time first."""
    found = [case for case in CASES.values() if AREAS[case.area] == file]
    return [case.name for case in sorted(found, key=lambda case: -case.seconds)]


# The host


@dataclass
class World:
    """The host as an attacker would like it: secrets in files, in HOME and in the environment."""

    token: str
    home: Path  # the HOME of this test
    real_home: str
    course: Path  # a course with solutions, a gradebook and a submission
    source: Source
    forkserver: ForkServer

    @cached_property
    def places(self) -> dict[str, str]:
        """What the code of the cases calls these places."""
        return {
            "FIRST": self.token[:12],
            "SECOND": self.token[12:],
            "TREE": str(self.course),
            "TEACHER": str(self.home),
            "REALHOME": self.real_home,
            "ROOT": str(PACKAGE),
            "PREFIX": sys.prefix,
            "TEMP": tempfile.gettempdir(),
            "PID": str(os.getpid()),
            "LONG": self.long,
        }

    @property
    def long(self) -> str:
        """Seconds, of the processes that try to outlive their kernel; nobody else's has as many."""
        return str(10**6 + os.getpid())


@pytest.fixture(scope="session")
def world(tmp_path_factory) -> Iterator[World]:
    """Secrets are planted, and a fork server is started that must not learn of them."""
    token = "T" + secrets.token_hex(12)
    place = tmp_path_factory.mktemp("host")
    home, course = place / "home", place / "course"
    files = {
        home / "notes.txt": "",
        course / "gradebook.db": "",
        course / "source/a1/a1.ipynb": "",
        course / "submitted/ada/a1/a1.ipynb": "",
        course / "release/a1/a1.ipynb": "",
    }
    for path in files:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{token} in {path.name}")
    source = source_with(token)
    modules = {*modules_of(source.notebook), *modules_of(mini().notebook)}
    modules |= {*modules_of(lent().notebook)}
    real_home = os.path.expanduser("~")
    with planted(token, home):
        forkserver = ForkServer(modules, unsafe=True)
    with forkserver:
        yield World(token, home, real_home, course, source, forkserver)


@contextmanager
def planted(token: str, home: Path) -> Iterator[None]:
    """A secret is in the environment of this process, and its HOME is another."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADING_SECRET", f"{token}-environment")
        patch.setenv("HOME", str(home))
        yield


@pytest.fixture(scope="session")
def proven(world):
    """The sandbox is on: seen from inside, by code that does no harm. Else nothing else runs."""
    assert world.forkserver.form is Form.FULL, world.forkserver.notice
    limits = Limits(memory=1 << 30, processes=32, disk=32 << 20, file_size=8 << 20)
    shown = [os.__file__, f"{sys.prefix}/pyvenv.cfg"]
    hidden = [str(COURSE / "solutions"), str(world.course / "gradebook.db"), str(world.home)]
    hidden += ["/etc/shadow", str(Path(__file__))]
    # Python itself may be in a folder of the home directory, and is there.
    inside = [path for path in Path(world.real_home).iterdir() if path not in PYTHON.parents]
    hidden += [str(path) for path in inside if path != PYTHON]
    code = PROOF_OF_LIMITS.replace("PATHS", repr(json.dumps(shown)))
    with planted(world.token, world.home), Box(world.forkserver, limits=limits) as box:
        seen = box.value(code.replace("HIDDEN", repr(json.dumps(hidden))))
        proof = box.proof
    assert proof["capabilities"] == 0 and proof["no new privileges"] == 1
    assert proof["pid"] == 1 and proof["user"] == 1000 and proof["processes"] == ["1"]
    assert proof["interfaces"] == ["lo"] and proof["routes"] == []
    assert proof["map"] and proof["map"] != Path("/proc/self/uid_map").read_text().split()
    for kind, space in proof["spaces"].items():
        assert space != os.readlink(f"/proc/self/ns/{kind}"), f"the {kind} namespace is the host's"
    assert seen["limits"] == [1 << 30, 32, 8 << 20, 256, 0]
    assert seen["disk"] < 40 << 20
    assert seen["seen"] == shown and seen["writable"] == []
    assert not [name for name in seen["environment"] if "SECRET" in name]


class Host:
    """What hostile code may not change. `changes()` says what it has."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.before = self.look()

    def look(self) -> dict[str, object]:
        tree = {
            str(path): (path.stat().st_mtime_ns, path.read_bytes() if path.is_file() else b"")
            for top in (self.world.course, self.world.home)
            for path in sorted(top.rglob("*"))
        }
        folders = [sys.prefix, f"{sys.prefix}/bin", os.path.dirname(json.__file__), "/", "/tmp"]
        folders += [
            f"{sys.prefix}/etc/ipython",
            os.path.dirname(os.path.dirname(nbformat.__file__)),
        ]
        folders += [
            self.world.real_home,
            f"{self.world.real_home}/.ipython",
            "/dev/shm",
            str(PACKAGE),
        ]
        names = {folder: set(os.listdir(folder)) for folder in folders if os.path.isdir(folder)}
        return {"tree": tree, "names": names}

    def changes(self) -> list[str]:
        now, found = self.look(), []
        if now["tree"] != self.before["tree"]:
            found.append("the teacher's files")
        for folder, names in now["names"].items():
            fresh = names - self.before["names"].get(folder, set())
            # Other programs use these folders too, but not those of the environment.
            ours = [n for n in fresh if "canary" in n or "planted" in n or "kernelspec-ran" in n]
            if folder.startswith(sys.prefix):
                ours = sorted(fresh)
            found += [f"{folder}/{name}" for name in ours]
        return found

    def processes(self) -> list[str]:
        """What is left of the fork server's children, and of those that wanted to stay."""
        forkserver = psutil.Process(self.world.forkserver._process.pid)
        return [str(child) for child in forkserver.children()] + [
            line
            for path in Path("/proc").glob("[0-9]*/cmdline")
            if (line := command_line(path)).startswith("sleep") and self.world.long in line
        ]


def command_line(path: Path) -> str:
    try:
        return path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


# Judging


@dataclass(frozen=True)
class Outcome:
    """What became of a case, and of those who were graded by the same process after it."""

    result: Result
    seconds: float
    neighbour: Result
    neighbours_seconds: float
    late_neighbour: Result | None
    before: tuple[str, ...]  # all that were judged before that neighbour


def judge(world: World, cases: list[Case]) -> Iterator[tuple[str, Outcome | Exception]]:
    """Judge cases one after the other, and an honest submission after them."""

    def timed(*arguments) -> tuple[Result, float]:
        begun = time.monotonic()
        result = grade(*arguments, world.forkserver)
        return result, time.monotonic() - begun

    judged: dict[str, tuple] = {}
    for case in cases:
        source = {"trade": world.source, "mini": mini(), "lent": lent()}[case.source]
        try:
            result, seconds = timed(source, case.make(world.places), case.limits)
            judged[case.name] = (result, seconds)
        except Exception as error:  # is the case's own failure
            yield case.name, error
    neighbour = timed(world.source, Submission(honest()), Limits())
    late = None
    if cases[0].area == "writes outside":
        late, _ = timed(world.source, Submission(honest_but_wrong()), Limits())
    for name, outcome in judged.items():
        yield name, Outcome(*outcome, *neighbour, late, tuple(judged))


@dataclass
class Outcomes:
    """What became of the cases of a file."""

    world: World
    host: Host
    found: dict[str, Outcome | Exception]

    def __getitem__(self, name: str) -> Outcome:
        outcome = self.found[name]
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    @cached_property
    def slower(self) -> float:
        """How many times longer than a second an honest submission took meanwhile; at least 1."""
        took = [one.neighbours_seconds for one in self.found.values() if isinstance(one, Outcome)]
        return max(1.0, statistics.median(took))

    def check(self, name: str, subtests, golden: Golden) -> None:
        """Report each fact about a case that is not as it should be."""
        for fact in FACTS:
            with subtests.test(fact.__name__):
                fact(CASES[name], self[name], self)
        with subtests.test("it_is_as_recorded"):
            golden.check("hostile", name, self[name].result, points_only=name in TIMED)

    def check_host(self) -> None:
        """The host is as before, and no process is left."""
        assert self.host.changes() == []
        assert soon(lambda: not self.host.processes()), self.host.processes()

    def table(self) -> str:
        rows = []
        for name, one in self.found.items():
            if isinstance(one, Exception):
                rows.append(f"{name:32} {one!r}")
                continue
            checks = " ".join(f"{c.score:g}/{c.status.value[:6]}" for c in one.result.checks)
            rows.append(
                f"{name:32} {one.result.score:4g} {one.result.status:16} {one.seconds:5.1f} "
                f"{checks}"
            )
        return "\n".join(rows)


@pytest.fixture(scope="module")
def outcomes(world, proven, request) -> Outcomes:
    """The cases that the chosen tests of this file ask for, judged.

    All are, before the first test looks at one: Python 3.11 can fail when threads read code
    while pytest, for a failure, does so too.
    """
    items = [
        item for item in request.session.items if getattr(item, "module", None) is request.module
    ]
    chosen = {item.callspec.params["name"] for item in items if hasattr(item, "callspec")}
    cases = [CASES[name] for name in request.module.CASES if name in chosen or not chosen]
    groups: list[list[Case]] = []
    for area in dict.fromkeys(case.area for case in cases):
        ours = [case for case in cases if case.area == area]
        number = math.ceil(len(ours) / BEFORE_A_NEIGHBOUR.get(area, 4))
        groups += [ours[first::number] for first in range(number)]  # long and short ones mixed
    host = Host(world)
    with planted(world.token, world.home), ThreadPoolExecutor(AT_ONCE) as pool:
        judged = pool.map(lambda group: [*judge(world, group)], groups)
        made = Outcomes(world, host, {name: one for group in judged for name, one in group})
    if os.environ.get("HOSTILE_TABLE"):
        print(made.table())
    return made


# The facts


def text_of(result: Result) -> str:
    """All that a learner could have written or caused: not the text of the checks themselves."""
    parts = [check.message for check in result.checks] + [d.what for d in result.damage]
    for cell in nbformat.reads(result.notebook, as_version=4).cells:
        parts.append(json.dumps(cell.get("outputs", [])))
        about = cell.metadata.get("nbgrader", {})
        if not (about.get("grade") and cell.cell_type == "code"):
            parts.append(cell.source)
    return "\n".join(parts)


def outputs_of(result: Result) -> str:
    """What the cells put out, as plain text, with the messages of the checks."""
    parts = [check.message for check in result.checks]
    for cell in nbformat.reads(result.notebook, as_version=4).cells:
        for one in cell.get("outputs", []):
            parts += [str(one.get("text", "")), str(one.get("evalue", ""))]
            parts += map(str, one.get("traceback", []))
    return "\n".join(parts)


def told(result: Result) -> str:
    return "\n".join(f"{c.name}: {c.score} {c.status} {c.message[:200]}" for c in result.checks)


def it_has_the_points_that_it_deserves(case: Case, outcome: Outcome, _) -> None:
    result = outcome.result
    why = f"{case.tries}\n{told(result)}\n{outputs_of(result)[:2000]}"
    assert result.score == case.points, why
    assert result.max_score == {"trade": FULL_MARKS, "mini": 10, "lent": 12}[case.source]


def its_status_says_what_happened(case: Case, outcome: Outcome, _) -> None:
    result = outcome.result
    assert result.status in case.status, told(result)
    for name, statuses in case.checks.items():
        assert result[name].status in statuses, told(result)
    scored = [check for check in result.checks if check.score]
    assert all(check.status is Status.GRADED for check in scored), told(result)
    assert case.damage in " ".join(one.what for one in result.damage)


def it_has_really_tried_and_found_nothing(case: Case, outcome: Outcome, _) -> None:
    """A case whose code did not run proves nothing."""
    shown = outputs_of(outcome.result)
    assert "not in the box" not in shown
    assert "FOUND" not in shown, shown[shown.index("FOUND") :][:1000]
    assert "FIRED" in shown or not case.fires, shown[:2000]
    assert case.shows in shown, shown[:2000]


def no_secret_is_in_the_result(case: Case, outcome: Outcome, outcomes: Outcomes) -> None:
    for result in (outcome.result, outcome.neighbour):
        assert outcomes.world.token not in text_of(result)


def its_result_is_sound_data(case: Case, outcome: Outcome, _) -> None:
    """The notebook is valid, and all of it can be written as UTF-8 and read again."""
    result = outcome.result
    nbformat.validate(nbformat.reads(result.notebook, as_version=4))
    result.notebook.encode()
    "".join(check.message for check in result.checks).encode()
    "".join(damage.what for damage in result.damage).encode()
    assert Result.from_json(result.to_json()).score == result.score
    assert len(result.notebook) < 20e6


def it_is_judged_in_time(case: Case, outcome: Outcome, outcomes: Outcomes) -> None:
    """The seconds of a case are those of a machine that judges an honest submission in one."""
    assert outcome.seconds < case.seconds * outcomes.slower


def an_honest_neighbour_has_full_marks(case: Case, outcome: Outcome, _) -> None:
    neighbour = outcome.neighbour
    why = f"after {', '.join(outcome.before)}\n{told(neighbour)}"
    assert (neighbour.score, neighbour.status) == (FULL_MARKS, Status.GRADED), why
    assert neighbour.damage == (), why


def a_wrong_neighbour_has_no_more_than_before(case: Case, outcome: Outcome, _) -> None:
    assert (outcome.late_neighbour is not None) == (case.area == "writes outside")
    if outcome.late_neighbour:
        assert outcome.late_neighbour.score == 5


FACTS: list[Callable[[Case, Outcome, Outcomes], None]] = [
    it_has_the_points_that_it_deserves,
    its_status_says_what_happened,
    it_has_really_tried_and_found_nothing,
    no_secret_is_in_the_result,
    its_result_is_sound_data,
    it_is_judged_in_time,
    an_honest_neighbour_has_full_marks,
    a_wrong_neighbour_has_no_more_than_before,
]
