"""The core's contract: a source and a submission in, a result out, and nothing left behind."""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace

import nbformat
import psutil
import pytest

import nbjudge
from boxes import Box, slowness, soon
from nbjudge import Damage, Limits, Result, Source, Status, Submission
from nbjudge._judge.session import RUNNER_LOST
from nbjudge._kernel.forkserver import ForkServer
from nbjudge._kernel.sandbox import Form, SandboxError
from places import PYTHONPATH
from small_course import code, notebook

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has the sandbox")

NUMBERS = ("one", "two", "three", "four", "five")
RIGHT = {
    **{name: f"{name} = {number}" for number, name in enumerate(NUMBERS, 1)},
    "double": "def double(x):\n    return 2 * x",
}
LOOP = "while True: pass"
DEATH = "import os; os._exit(1)"
FORGERY = """
import nbjudge._kernel.agent as agent
agent.answer = lambda question: agent.Reply("nonsense")
"""


def stub(name):
    body = f"{RIGHT[name]}\n"
    region = f"### BEGIN SOLUTION\n{body}### END SOLUTION"
    return code(name, f"{name} = ...\n{region}", solution=True)


def content():
    """Five numbers for one point each, and a function for three."""
    cells = [code("setup", "import math\nlimit = math.inf")]
    for number, name in enumerate(NUMBERS, 1):
        said = f"{name} is not the number {number}."
        cells += [stub(name), code(f"{name}_check", f"assert {name} == {number}, {said!r}", 1)]
    check = "assert double(4) == 8 < limit, 'Twice 4 is 8.'\n"
    check += "### BEGIN HIDDEN TESTS\nassert double('ab') == 'abab'\n### END HIDDEN TESTS"
    return notebook(*cells, stub("double"), code("double_check", check, 3))


SOURCE = Source("a1", nbformat.writes(content()))


def hand_in(files=None, **answers):
    """A submission with the right answers but for these."""
    handed_in = content()
    for cell in handed_in.cells:
        name = cell.metadata.nbgrader.grade_id
        if name == "double_check":
            cell.source = cell.source.partition("\n### BEGIN")[0]
        cell.source = {**RIGHT, **answers}.get(name, cell.source)
    return Submission(nbformat.writes(handed_in).encode(), files or {})


@pytest.fixture(scope="module")
def forkserver():
    """A fork server, once its kernels are proven to be in the sandbox."""
    with ForkServer() as forkserver:
        assert forkserver.form is Form.FULL, forkserver.why
        with Box(forkserver) as box:
            assert box.proof
        yield forkserver


@pytest.fixture
def grade(forkserver):
    def grade(submission, source=SOURCE, **limits):
        return nbjudge.grade(source, submission, Limits(**limits), forkserver)

    return grade


def scores(result):
    return [check.score for check in result.checks]


def outputs(result):
    cells = nbformat.reads(result.notebook, as_version=4).cells
    named = [c for c in cells if "nbgrader" in c.metadata]
    return {c.metadata.nbgrader.grade_id: c.get("outputs", []) for c in named}


# Honest submissions


def test_an_honest_submission_has_full_marks_and_no_damage(grade):
    result = grade(hand_in())
    assert result.status is Status.GRADED and result.damage == ()
    assert (result.score, result.max_score) == (8, 8)
    assert [check.message for check in result.checks] == [""] * 6
    assert not any(outputs(result)[check.name] for check in result.checks)


def test_the_checks_are_in_the_order_of_the_source_and_found_by_name(grade):
    result = grade(hand_in())
    assert [check.name for check in result.checks] == [*(f"{n}_check" for n in NUMBERS)] + [
        "double_check"
    ]
    assert result["double_check"].max_score == 3


def test_a_wrong_answer_costs_its_own_points_and_says_why(grade):
    result = grade(hand_in(two="two = 3"))
    assert result.status is Status.GRADED and scores(result) == [1, 0, 1, 1, 1, 3]
    assert result["two_check"].message == "two is not the number 2."
    (shown,) = outputs(result)["two_check"]
    assert (shown.output_type, shown.ename) == ("error", "AssertionError")
    assert shown.evalue == "two is not the number 2."


def test_an_error_in_a_cell_does_not_stop_the_notebook(grade):
    result = grade(hand_in(two="two = 2\n1 / 0", three="three = = 3"))
    assert result.status is Status.GRADED and scores(result) == [1, 1, 0, 1, 1, 3]
    assert outputs(result)["two"][0].ename == "ZeroDivisionError"
    assert result["three_check"].message == "NameError: name 'three' is not defined"


def test_hidden_tests_are_judged_though_no_learner_has_them(grade):
    result = grade(hand_in(double="def double(x):\n    return x + 4"))
    assert result["double_check"].score == 0
    assert "TypeError" in result["double_check"].message


def test_what_a_cell_prints_is_in_the_executed_notebook(grade):
    shown = outputs(grade(hand_in(one="one = 1\nprint('seen')\none + 1")))["one"]
    assert [one.output_type for one in shown] == ["stream", "execute_result"]
    assert shown[0].text == "seen\n" and shown[1].data["text/plain"] == "2"


# Statuses

BREAKS = {
    Status.TIMED_OUT: LOOP,
    Status.CRASHED: DEATH,
    Status.TAMPERED: FORGERY,
    Status.CANNOT: "one = open('/dev/null')",
}


def test_each_status_of_a_check_that_was_not_judged_has_an_answer_that_leads_to_it():
    """MISSING has its own test below; the other two are no status of such a check."""
    others = {Status.GRADED, Status.PARTIAL, Status.MISSING}
    lacking = {*Status} - others - BREAKS.keys()
    assert not lacking, f"no answer in BREAKS leads to {', '.join(lacking)}"


@pytest.mark.parametrize("status", BREAKS)
def test_a_check_that_was_not_judged_has_its_status_and_no_points(grade, status):
    result = grade(hand_in(one=BREAKS[status]), cell_seconds=1)
    check = result["one_check"]
    assert (check.status, check.score) == (status, 0) and check.message
    assert result.status is (status if status is Status.TAMPERED else Status.PARTIAL)
    assert outputs(result)["one_check"][-1].ename == status.value


@pytest.mark.parametrize("status", BREAKS)
def test_nothing_judged_gives_the_status_of_the_first_check(grade, status):
    result = grade(hand_in(**dict.fromkeys(RIGHT, BREAKS[status])), cell_seconds=0.5)
    assert (result["one_check"].status, result.score) == (status, 0)
    # Where `one` is an open file, the other names are missing: wrong answers, which are judged.
    assert result.status is (Status.PARTIAL if status is Status.CANNOT else status)


def test_missing_says_so_in_each_check(grade):
    result = grade(Submission(None))
    assert result.status is Status.MISSING and scores(result) == [0] * 6
    assert {check.status for check in result.checks} == {Status.MISSING}
    assert result.damage == (Damage("", "no notebook was handed in"),)
    assert outputs(result)["one_check"][0].ename == "missing"


@pytest.mark.parametrize("given", [b"", b"{", b"\xff\xfe\x00", b"[1]", b"<html>"])
def test_what_cannot_be_read_is_that_submissions_status(grade, given):
    result = grade(Submission(given))
    assert result.status is Status.CANNOT and scores(result) == [0] * 6
    assert len(result.damage) == 1 and result.damage[0].what == result["one_check"].message
    assert result.cost["kernels"] == 0


def test_notes_of_the_reader_are_damage(grade):
    result = grade(replace(hand_in(), notes=("the notebook was named b.ipynb",)))
    assert result.damage == (Damage("", "the notebook was named b.ipynb"),)
    assert result.score == 8


# Limits

# Each limit: one so low that answers exceed it, these answers, and what is then said.
EXCEEDED = {
    "cell_seconds": (1, {"one": "import time; time.sleep(3)"}, "a cell before this check ran for"),
    "check_seconds": (
        1,
        {"double": "import time\ndef double(x): time.sleep(3)"},
        "and 1 are allowed",
    ),
    "notebook_seconds": (
        1,
        {"one": "import time; time.sleep(3)"},
        "not reached: the notebook ran for",
    ),
    "wall_factor": (0.05, {"one": "import time; time.sleep(5)"}, "seconds by the clock"),
    "memory": (10**9, {"one": "one = len(bytearray(2 * 10**9))"}, "MemoryError"),
    "processes": (
        32,
        {
            "one": "import threading, time\n"
            "for _ in range(40): threading.Thread(target=time.sleep, args=[3]).start()"
        },
        "can't start new thread",
    ),
    "file_size": (10**6, {"one": "open('a', 'wb').write(bytes(2 * 10**6))"}, "File too large"),
    "disk": (10**6, {"one": "open('a', 'wb').write(bytes(5 * 10**6))"}, "No space left on device"),
    "output": (50_000, {"one": "for _ in range(400): print('x' * 1000)"}, "was left out"),
    "reply": (100_000, {"one": "one = 'x' * 150_000"}, "a value larger than"),
    "restarts": (0, {"one": DEATH}, "not reached"),
}


def test_each_limit_has_an_answer_that_exceeds_it():
    lacking = {one.name for one in fields(Limits)} - EXCEEDED.keys() - {"submission"}
    assert not lacking, f"nothing in EXCEEDED exceeds {', '.join(lacking)}"


@pytest.mark.parametrize("name", EXCEEDED)
def test_a_limit_ends_what_exceeds_it(grade, name):
    limit, answers, said = EXCEEDED[name]
    result = grade(hand_in(**answers), **{name: limit})
    assert said in str([[check.message for check in result.checks], outputs(result)])


def test_a_notebook_above_the_limit_of_what_is_handed_in_is_not_read(grade, tmp_path):
    (tmp_path / "a1.ipynb").write_bytes(hand_in().notebook)
    result = grade(Submission.read(tmp_path, "a1", 1_000))
    assert result.status is Status.CANNOT
    assert result["one_check"].message.startswith("the notebook is larger than")


def test_what_was_judged_before_a_death_stands_and_a_fresh_kernel_goes_on(grade):
    """The fifth answer kills the kernel; the sixth needs a name that the first one made."""
    answers = {"one": "one = 1\nhelp = 2", "double": "def double(x):\n    return help * x"}
    result = grade(hand_in(five=DEATH, **answers))
    assert result.status is Status.PARTIAL and scores(result) == [1, 1, 1, 1, 0, 3]
    assert result["five_check"].status is Status.CRASHED
    assert result.cost["kernels"] == 2
    assert "The kernel died in this cell." in outputs(result)["five"][-1].text


def test_a_death_in_a_function_costs_its_own_check(grade):
    result = grade(hand_in(one="one = 1", double=f"def double(x):\n    {DEATH}"))
    assert scores(result) == [1, 1, 1, 1, 1, 0]
    assert result["double_check"].status is Status.CRASHED


def test_a_loop_in_a_function_is_stopped(grade):
    result = grade(hand_in(double=f"def double(x):\n    {LOOP}"), check_seconds=1)
    assert scores(result) == [1, 1, 1, 1, 1, 0]
    assert result["double_check"].status is Status.TIMED_OUT
    assert result.cost["seconds"] < 12 * slowness()


def asked(*checks):
    """A source whose checks come one after the other, each behind an answer: one, two ..."""
    cells = [
        cell
        for name, (check, points) in zip(NUMBERS, checks, strict=False)
        for cell in (stub(name), code(f"{name}_check", check, points))
    ]
    return Source("a1", nbformat.writes(notebook(*cells)))


def test_what_a_function_shows_in_a_check_does_not_cost_the_next_cell_its_outputs(grade):
    """The kernel says more than a queue holds, as it also does for two thousand questions."""
    source = asked(("one()", 1), ("assert two == 2", 1))
    loud = "def one():\n    for n in range(6000):\n        display(n)\n    return 1"
    result = grade(hand_in(one=loud, two="print('here')\ntwo = 2"), source)
    assert scores(result) == [1, 1] and result.status is Status.GRADED
    assert [one.text for one in outputs(result)["two"]] == ["here\n"]


def test_what_a_check_lends_to_later_ones_outlives_the_kernel(grade):
    lent = "assert one == 1\ndef close(a, b): return a == b"
    source = asked((lent, 1), ("assert two == 2", 1), ("assert close(three, 3)", 1))
    assert scores(grade(hand_in(two=DEATH), source)) == [1, 0, 1]
    lie = "def close(a, b): return True\none = 3"
    assert scores(grade(hand_in(one=lie, three="three = 4"), source)) == [0, 1, 0]
    assert scores(grade(hand_in(one=f"{lie}\none = 1", two=DEATH, three=""), source)) == [1, 0, 0]


def test_credit_for_a_part_is_kept_after_an_interrupted_cell(grade):
    source = asked(("one()", 2))
    slow = "def one(): return 1\nimport time; time.sleep(60)"
    result = grade(hand_in(one=slow), source, cell_seconds=1)
    assert scores(result) == [1] and result.status is Status.GRADED


def test_a_loop_that_cannot_be_interrupted_costs_its_own_cell(grade):
    result = grade(hand_in(two="max(iter(int, 1))"), cell_seconds=1)
    assert scores(result) == [1, 0, 1, 1, 1, 3]
    assert result["two_check"].status is Status.TIMED_OUT and result.cost["kernels"] == 2


def test_kernels_are_not_started_without_end(grade):
    result = grade(hand_in(two=DEATH, three=DEATH, four=DEATH), restarts=1)
    assert scores(result) == [1, 0, 0, 0, 0, 0] and result.cost["kernels"] == 2
    assert {check.status for check in result.checks[1:]} == {Status.CRASHED}
    assert result["double_check"].message.startswith("not reached")


KILLED = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
LATER = "import os, threading; threading.Timer(0.2, os._exit, [1]).start()"


def test_the_end_of_the_check_runner_is_not_the_learners_fault(grade):
    """It ends in the second check, and between the third and the fourth."""
    source = asked(
        ("assert one == 1", 1), (KILLED, 1), (LATER, 1), ("assert four == 4", 1), ("", 1)
    )
    result = grade(hand_in(four="import time; time.sleep(1); four = 4"), source)
    assert scores(result) == [1, 0, 1, 0, 1] and result.cost["kernels"] == 3
    lost = [result["two_check"], result["four_check"]]
    assert [(check.status, check.message) for check in lost] == [(Status.CANNOT, RUNNER_LOST)] * 2
    assert outputs(result)["two_check"][-1].ename == "cannot be judged"
    assert result.status is Status.PARTIAL and result.unjudged == {"two_check", "four_check"}


def test_read_only_cells_after_the_end_of_the_check_runner_are_run_again(grade):
    cells = [stub("one"), code("one_check", LATER, 1), stub("two")]
    cells += [code("given", "limit = 2"), code("more", "most = limit")]
    cells += [code("two_check", "assert two == most", 1), stub("three")]
    cells += [code("three_check", "assert three == most + 1", 1)]
    source = Source("a1", nbformat.writes(notebook(*cells)))
    result = grade(hand_in(two="import time; time.sleep(1); two = 2"), source)
    assert scores(result) == [1, 0, 1] and result["two_check"].message == RUNNER_LOST


def test_a_check_runner_that_ends_too_often_leaves_the_rest_to_a_person(grade):
    source = asked((KILLED, 1), (KILLED, 1), ("assert three == 3", 1))
    result = grade(hand_in(), source, restarts=1)
    assert {check.status for check in result.checks} == {Status.CANNOT}
    assert [check.message for check in result.checks[:2]] == [RUNNER_LOST] * 2
    said = "not reached: what ran this notebook ended or hung 2 times"
    assert result["three_check"].message == said


def test_a_check_that_ended_the_last_kernel_was_reached_and_says_what_became_of_it(grade):
    result = grade(
        hand_in(two=f"def two():\n    {DEATH}"), asked(("", 1), ("two()", 1)), restarts=0
    )
    assert result["two_check"].message == "the kernel died while this check asked it"


def test_a_notebook_has_a_time_of_its_own(grade):
    seconds = round(4 * min(8, slowness()))  # so that the first of five always comes in time
    waits = f"import time; time.sleep({seconds * 3 / 8})"
    slow = {name: f"{waits}; {RIGHT[name]}" for name in NUMBERS}
    result = grade(hand_in(**slow), notebook_seconds=seconds)
    assert result.status is Status.PARTIAL and result["one_check"].score == 1
    assert result["double_check"].status is Status.TIMED_OUT
    said = result["double_check"].message
    assert (
        said.startswith("not reached: the notebook ran for ") and f"{seconds} are allowed" in said
    )
    assert result.cost["seconds"] < 15 * slowness()


def test_what_the_cells_put_out_has_an_end(grade):
    result = grade(hand_in(one="one = 1\nfor _ in range(400): print('x' * 1000)"), output=50_000)
    assert result.score == 8 and len(result.notebook) < 100_000
    assert "left out" in outputs(result)["one"][-1].text


def test_memory_has_an_end(grade):
    result = grade(hand_in(one="one = 1\nmuch = bytearray(2 * 10**9)"), memory=10**9)
    assert result.score == 8
    assert outputs(result)["one"][0].ename == "MemoryError"


# Files


def test_files_beside_the_notebook_are_in_the_kernels_folder(grade):
    read = "one = int(open('data/own.txt').read())"
    result = grade(hand_in({"data/own.txt": b"1"}, one=read))
    assert result.score == 8 and result.damage == ()


def test_the_teachers_file_wins_over_the_learners(grade):
    source = replace(SOURCE, files={"data/one.txt": b"1"})
    read = "one = int(open('data/one.txt').read())"
    assert grade(hand_in({"data/one.txt": b"7"}, one=read), source).score == 8


def test_a_submitted_module_does_not_reach_the_judge(grade):
    """The setup cell imports math, and so does the check's side; the learner's is not that."""
    planted = {"math.py": b"inf = -1", "json.py": b"raise SystemExit", "random.py": b"1 / 0"}
    assert grade(hand_in(planted)).score == 8


def test_a_name_outside_of_the_folder_is_left_out_and_reported(grade):
    result = grade(hand_in({"../up.txt": b"", "/abs.txt": b"", "a/../../b": b"", "ok.txt": b""}))
    assert result.score == 8
    assert len(result.damage) == 1 and "up.txt" in result.damage[0].what


# A pure function


def seen(result):
    """A result without what a clock measured."""
    read = nbformat.reads(result.notebook, as_version=4)
    for cell in read.cells:
        cell.metadata.pop("execution", None)
    checks = tuple(replace(check, seconds=0) for check in result.checks)
    counts = {name: result.cost.get(name) for name in ("kernels", "questions")}
    return replace(result, checks=checks, notebook=nbformat.writes(read), cost=counts)


def test_the_same_input_has_the_same_result_whatever_was_graded_between(grade):
    given = hand_in(two="two = 3", three="print(three := 3)")
    before = grade(given)
    grade(hand_in(one="import builtins; builtins.len = 7\nfour = 4", two=DEATH))
    assert seen(grade(given)) == seen(before)


def test_arguments_are_not_changed(grade):
    given, files = hand_in(), {"data.txt": b"1"}
    source = replace(SOURCE, files=files)
    before = source.digest, given.digest
    grade(given, source)
    assert (source.digest, given.digest) == before and files == {"data.txt": b"1"}


def test_a_result_goes_to_json_and_back(grade):
    result = grade(hand_in(two="two = 3", three=DEATH))
    assert Result.from_json(result.to_json()) == result
    short = json.loads(result.to_json(notebook=False))
    assert "notebook" not in short and (short["score"], short["max_score"]) == (6, 8)


def test_works_inside_of_a_running_loop(grade):
    async def inside():
        return grade(hand_in())

    assert asyncio.run(inside()).score == 8


def test_an_error_inside_of_a_running_loop_is_raised_there():
    async def inside():
        with ForkServer() as ended:
            pass
        return nbjudge.grade(SOURCE, hand_in(), forkserver=ended)

    with pytest.raises(SandboxError):
        asyncio.run(inside())


def test_works_in_threads(grade):
    wrong = [hand_in(**{name: f"{name} = 0"}) for name in NUMBERS]
    with ThreadPoolExecutor(5) as pool:
        found = [scores(result) for result in pool.map(grade, wrong)]
    assert found == [[float(n != m) for m in range(5)] + [3] for n in range(5)]


def test_leaves_no_file_and_no_process(grade, monkeypatch):
    with tempfile.TemporaryDirectory() as folder:
        monkeypatch.setattr(tempfile, "tempdir", folder)
        before = {child.pid for child in psutil.Process().children(recursive=True)}
        grade(hand_in(one="import subprocess; subprocess.Popen(['sleep', '60']); one = 1"))
        grade(hand_in(one=DEATH, two=LOOP), cell_seconds=1)
        assert os.listdir(folder) == []
        assert soon(
            lambda: {child.pid for child in psutil.Process().children(recursive=True)} <= before
        )


def test_needs_no_warm_process_of_the_callers():
    """As in a script; and when it ends, so does all that it has started."""
    script = f"""
import sys; sys.path[:0] = {PYTHONPATH.split(os.pathsep)}
import psutil
from test_grade import SOURCE, hand_in
from nbjudge import grade
print(grade(SOURCE, hand_in()).score, grade(SOURCE, hand_in()).score)
print([child.pid for child in psutil.Process().children(recursive=True)])
"""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    said, pids = ran.stdout.splitlines()
    assert said == "8.0 8.0" and json.loads(pids)
    assert soon(lambda: not any(psutil.pid_exists(pid) for pid in json.loads(pids)))
