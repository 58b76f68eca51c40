"""Hostile submissions: no undeserved point, no secret read, nothing written outside, nobody hurt.

Before any of them runs, `proven` looks from inside of the sandbox whether it is on. If it is not,
every test here fails, and nothing hostile has run. HOSTILE_TABLE=1 prints what became of each case.
"""

import csv
import json
import os
import re
import secrets
import sys
import tempfile
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook
from nbgrader.apps.exportapp import ExportApp
from nbgrader.converters import GenerateFeedback

from boxes import Box
from hostile import CASES, SMALL, Case, honest, honest_but_wrong, mini, source_with
from nbjudge import Limits, Result, Source, Status, Submission, grade
from nbjudge._assignment.names import modules_of
from nbjudge._batch.batch import Report, autograde
from nbjudge._kernel.forkserver import ForkServer
from nbjudge._kernel.sandbox import Form
from places import COURSE, PACKAGE
from small_course import Course

# What becomes of these beside their points depends on how fast the machine is.
TIMED = {"answers_from_a_thread", "foreign_replies", "forged_colliding_set", "forged_huge_reply"}
AT_ONCE = 3
FULL_MARKS = 23
PYTHON = Path(sys.base_prefix)
SLEEP = "86399"  # seconds, of the processes that try to outlive their kernel
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
            "LONG": SLEEP,
        }


@dataclass(frozen=True)
class Outcome:
    """What became of a case, and of two others who were graded by the same process after it."""

    result: Result
    seconds: float
    neighbour: Result
    late_neighbour: Result | None


@pytest.fixture(scope="module")
def world(tmp_path_factory):
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
    with pytest.MonkeyPatch.context() as patch:
        real_home = os.path.expanduser("~")
        patch.setenv("GRADING_SECRET", f"{token}-environment")
        patch.setenv("HOME", str(home))
        source = source_with(token)
        modules = {*modules_of(source.notebook), *modules_of(mini().notebook)}
        with ForkServer(modules, unsafe=True) as forkserver:
            yield World(token, home, real_home, course, source, forkserver)


@pytest.fixture(scope="module")
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
    with Box(world.forkserver, limits=limits) as box:
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


@pytest.fixture(scope="module")
def wanted(request):
    """The cases that the chosen tests ask for."""
    names = [getattr(item, "callspec", None) for item in request.session.items]
    names = {one.params["case"] for one in names if one and "case" in one.params}
    return {name: CASES[name] for name in CASES if name in names} or CASES


@pytest.fixture(scope="module")
def host(world, wanted):
    """What the host looks like before, and how it may be compared with that."""
    return Host(world)


@pytest.fixture(scope="module")
def outcomes(world, proven, wanted, host):
    """Every case graded, several at once, each followed by an honest neighbour's submission."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        flying = {name: pool.submit(run, world, case) for name, case in wanted.items()}
        yield flying
        for future in flying.values():
            future.exception()
    if os.environ.get("HOSTILE_TABLE"):
        print(table(flying))


def run(world: World, case: Case) -> Outcome:
    source = world.source if case.source == "trade" else mini()
    submission = case.make(world.places)
    begun = time.monotonic()
    result = grade(source, submission, case.limits, world.forkserver)
    seconds = time.monotonic() - begun
    neighbour = grade(world.source, Submission(honest()), Limits(), world.forkserver)
    late = None
    if case.area == "writes outside":
        late = grade(world.source, Submission(honest_but_wrong()), Limits(), world.forkserver)
    return Outcome(result, seconds, neighbour, late)


def table(flying: dict[str, Future]) -> str:
    rows = []
    for name, future in flying.items():
        if future.exception():
            rows.append(f"{name:32} {future.exception()!r}")
            continue
        one = future.result()
        checks = " ".join(f"{c.score:g}/{c.status.value[:6]}" for c in one.result.checks)
        rows.append(
            f"{name:32} {one.result.score:4g} {one.result.status:16} {one.seconds:5.1f} {checks}"
        )
    return "\n".join(rows)


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


@pytest.fixture(params=CASES)
def case(request):
    return CASES[request.param]


@pytest.fixture
def outcome(case, outcomes):
    return outcomes[case.name].result()


def test_it_has_the_points_that_it_deserves(case, outcome):
    result = outcome.result
    told = "\n".join(f"{c.name}: {c.score} {c.status} {c.message[:200]}" for c in result.checks)
    assert result.score == case.points, f"{case.tries}\n{told}\n{outputs_of(result)[:2000]}"
    assert result.max_score == (FULL_MARKS if case.source == "trade" else 10)


def test_it_is_as_recorded(case, outcome, golden):
    golden.check("hostile", case.name, outcome.result, points_only=case.name in TIMED)


def test_its_status_says_what_happened(case, outcome):
    result = outcome.result
    told = "\n".join(f"{c.name}: {c.score} {c.status} {c.message[:200]}" for c in result.checks)
    assert result.status in case.status, told
    for name, statuses in case.checks.items():
        assert result[name].status in statuses, told
    assert all(check.status is Status.GRADED for check in result.checks if check.score), told
    assert case.damage in " ".join(one.what for one in result.damage)


def test_it_has_really_tried_and_found_nothing(case, outcome):
    """A case whose code did not run proves nothing."""
    told = outputs_of(outcome.result)
    assert "not in the box" not in told
    assert "FOUND" not in told, told[told.index("FOUND") :][:1000]
    assert "FIRED" in told or not case.fires, told[:2000]
    assert case.shows in told, told[:2000]


def test_no_secret_is_in_the_result(case, outcome, world):
    for result in (outcome.result, outcome.neighbour):
        assert world.token not in text_of(result)


def test_its_result_is_sound_data(case, outcome):
    """The notebook is valid, and all of it can be written as UTF-8 and read again."""
    result = outcome.result
    nbformat.validate(nbformat.reads(result.notebook, as_version=4))
    result.notebook.encode()
    "".join(check.message for check in result.checks).encode()
    "".join(damage.what for damage in result.damage).encode()
    assert Result.from_json(result.to_json()).score == result.score
    assert len(result.notebook) < 20e6


def test_it_is_graded_in_time(case, outcome):
    assert outcome.seconds < case.seconds


def test_an_honest_neighbour_has_full_marks(case, outcome):
    neighbour = outcome.neighbour
    assert (neighbour.score, neighbour.status) == (FULL_MARKS, Status.GRADED), neighbour.checks
    assert neighbour.damage == ()


def test_a_wrong_neighbour_has_no_more_than_before(case, outcome):
    if outcome.late_neighbour:
        assert outcome.late_neighbour.score == 5


def test_nothing_of_the_host_has_changed(outcomes, host):
    for future in outcomes.values():
        future.exception()
    assert host.changes() == []


def test_no_process_is_left(outcomes, world):
    """the fork server has no child any more, and none of those that wanted to stay is there."""
    for future in outcomes.values():
        future.exception()
    forkserver = world.forkserver._process.pid
    deadline = time.monotonic() + 10
    while (left := children(forkserver)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert left == []
    assert not [line for line in command_lines() if SLEEP in line]


def children(process: int) -> list[str]:
    return Path(f"/proc/{process}/task/{process}/children").read_text().split()


def command_lines() -> list[str]:
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(path.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue
    return [line for line in lines if line.startswith("sleep")]


# All of them in one batch, through the gradebook

LIVE = (  # graded again by the runner's own workers; of the others it gets what was found above
    "exits_between kills_itself_between loop_in_c signals memory_bomb fork_bomb prints_one_line "
    "garbage_frames garbage_outputs plants_files writes_files reads_files second_check "
    "names_that_are_no_text data_folder_replaced exits_always surrogates_in_outputs"
).split()
FEEDBACK = (  # what could stop the making of feedback
    "html_and_javascript odd_display_bundles garbage_outputs deep_display surrogates_in_outputs "
    "odd_fields giant_metadata update_displays zip_bomb_as_notebook"
).split()
NAME = "03_chart_the_trade"
BATCH: dict[str, object] = {}  # for the workers, which are forked from this process


def replay(source: Source, submission: Submission, limits: Limits) -> Result:
    """What was found above for this notebook, or else what `grade` finds now."""
    known = BATCH["found"].get(submission.notebook)
    return known or grade(source, submission, BATCH["limits"], BATCH["forkserver"])


@dataclass(frozen=True)
class Batch:
    course: Course
    report: Report
    cases: dict[str, Case]  # by learner
    honest: list[str]


@pytest.fixture(scope="module")
def batch(world, proven, outcomes, wanted, tmp_path_factory):
    """One run over every hostile submission, and an honest learner's after each."""
    course = Course(tmp_path_factory.mktemp("batch") / "course")
    for name, content in world.source.files.items():
        path = course.root / "source" / "a1" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    course.assign("a1", **{NAME: nbformat.reads(world.source.notebook, as_version=4)})
    found, cases, neighbours = {}, {}, []
    chosen = [case for case in wanted.values() if case.source == "trade"]
    for number, case in enumerate(chosen):
        hostile, neighbour = f"{number:03}_a_{case.name}", f"{number:03}_b_honest"
        submission = case.make(world.places)
        live = case.name in LIVE or submission.files
        # White space makes a notebook of the same content another one, to be graded anew.
        marked = b"\n" * number if live else b""
        write(course, hostile, submission.notebook + marked, submission.files)
        write(course, neighbour, honest() + marked)
        cases[hostile] = case
        neighbours.append(neighbour)
        if not live:
            outcome = outcomes[case.name].result()
            found[submission.notebook] = outcome.result
            found[honest()] = outcome.neighbour
    limits = replace(SMALL, cell_seconds=3, check_seconds=2, notebook_seconds=30)
    BATCH.update(found=found, limits=limits, forkserver=world.forkserver)
    report = autograde(course.directory, "a1", work=replay, say=lambda text: None)
    return Batch(course, report, cases, neighbours)


def write(course: Course, student: str, notebook: bytes, files=None) -> None:
    """Hand in a notebook, and those of the files that a file system takes."""
    folder = course.root / "submitted" / student / "a1"
    folder.mkdir(parents=True)
    (folder / f"{NAME}.ipynb").write_bytes(notebook)
    for name, content in list((files or {}).items())[:2000]:
        path = folder / name
        if ".." in path.parts or not path.is_relative_to(folder) or path == folder:
            continue
        with suppress(OSError, ValueError):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


def test_no_batch_is_aborted(batch):
    assert batch.report.complete
    assert len(batch.report.rows) == len(batch.cases) + len(batch.honest)


def test_every_honest_learner_of_the_batch_has_full_marks(batch):
    rows = {row.student: (row.score, row.status, row.damage) for row in batch.report.rows}
    assert {rows[name] for name in batch.honest} == {(FULL_MARKS, Status.GRADED, 0)}


def test_the_gradebook_has_no_undeserved_point(batch):
    with Gradebook(f"sqlite:///{batch.course.root}/gradebook.db") as book:
        scores = {one.student.id: one.score for one in book.assignment_submissions("a1")}
    assert scores.keys() == {*batch.cases, *batch.honest}
    assert {name: score for name, score in scores.items() if name in batch.cases} == {
        name: case.points for name, case in batch.cases.items()
    }
    assert {scores[name] for name in batch.honest} == {FULL_MARKS}


def test_the_export_has_each_status(batch):
    app = ExportApp()
    target = batch.course.root / "grades.csv"
    app.initialize([f"--CourseDirectory.root={batch.course.root}", f"--to={target}"])
    app.start()
    with open(target, newline="", encoding="utf-8") as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    for name, case in batch.cases.items():
        assert rows[name]["status"] in case.status, name
    assert {rows[name]["status"] for name in batch.honest} == {"graded"}


def test_feedback_can_be_made_of_the_worst(batch):
    for student, case in batch.cases.items():
        if case.name in FEEDBACK:
            course = batch.course.directory
            course.assignment_id, course.student_id = "a1", student
            GenerateFeedback(coursedir=course, parent=course.parent).start()
            page = batch.course.root / "feedback" / student / "a1" / f"{NAME}.html"
            assert page.exists(), case.name
            text = page.read_text(encoding="utf-8")
            assert not re.search(
                r"<script[^>]*>\s*document\.title|<img src=x|<style>\.output", text
            )
