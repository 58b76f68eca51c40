"""Time at work: a busy machine costs nobody a point, and nothing lasts for ever."""

import multiprocessing
import os
import time

import pytest

from boxes import Box
from crowd import SOURCE, Crowd, graded_in, notebook
from nbjudge import Limits, Status, Submission, grade
from nbjudge._kernel.forkserver import ForkServer
from nbjudge._kernel.work import Budget, Spent, WorkClock


def test_honest_submissions_lose_nothing_beside_busy_programs_and_a_bad_neighbour():
    """Each needs five sixths of its limit, and gets a third of a processor or less."""
    limits = Limits(cell_seconds=1, check_seconds=1, notebook_seconds=10)
    found = graded_in(Crowd(jobs=2, neighbour=True), limits, [0.83])
    assert found.number == 3 and found.hurt == []


def test_a_cell_that_sleeps_is_at_work_and_ends():
    given = Submission(notebook("import time; time.sleep(600)").encode())
    result = grade(SOURCE, given, Limits(cell_seconds=0.5))
    assert result["check"].status is Status.TIMED_OUT
    assert "a cell before this check ran for 0." in result["check"].message
    assert "and 0.5 are allowed" in result["check"].message


def keep_busy(seconds: float, queue: "multiprocessing.Queue") -> None:
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    clock, end = WorkClock(), time.thread_time() + seconds
    while time.thread_time() < end:
        pass
    queue.put(clock.now())


def test_waiting_for_a_processor_is_told_from_work():
    """Two processes on one processor: each works half the time, and waits the other half."""
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    both = [context.Process(target=keep_busy, args=(0.5, queue)) for _ in range(2)]
    for one in both:
        one.start()
    spent = [queue.get(timeout=60) for _ in both]
    for one in both:
        one.join()
    assert max(one.waited for one in spent) > 0.2
    assert all(0.45 < one.work < 0.8 for one in spent), spent


@pytest.mark.parametrize(
    ("ran", "waited", "excused"),
    [(0.1, 0.9, 0.0), (0.05, 0.95, 0.5), (0.0, 1.0, 1.0), (0.2, 0.8, 0.0)],
    ids=["alone", "half of it is others'", "all of it is others'", "with two processors"],
)
def test_processes_that_crowd_out_each_other_gain_no_time(monkeypatch, ran, waited, excused):
    """Ten of one submission, for a second: of their waiting, what others had is excused."""
    clock = WorkClock()
    clock.begun -= 10
    clock.looked -= 10
    ten = {str(number): (ran, waited) for number in range(10)}
    monkeypatch.setattr(clock, "look", lambda: ten)
    assert clock.now().waited == pytest.approx(excused)
    assert clock.now().waited == pytest.approx(excused)  # nothing more has happened


def test_a_clock_that_is_paused_stands_still():
    clock = WorkClock()
    most = Budget(clock, 0.1, 1)
    with clock.paused():
        time.sleep(0.3)
    assert not most.over
    time.sleep(0.11)
    assert most.over


class Told(WorkClock):
    """A clock that says what it is told."""

    spent = Spent()

    def __init__(self) -> None:
        pass

    def now(self) -> Spent:
        return self.spent


def test_the_message_says_what_was_measured():
    clock = Told()
    most = Budget(clock, 30, 10)
    clock.spent = Spent(29.9)
    assert not most.over
    clock.spent = Spent(30.14, 0.1)
    assert most.over and most.said() == "ran for 30.0 seconds, and 30 are allowed"
    clock.spent = Spent(70.25, 40)
    assert most.over and most.said() == (
        "ran for 30.2 seconds, without the 40.0 in which the computer was busy with other things,"
        " and 30 are allowed"
    )
    clock.spent = Spent(299, 298)
    assert not most.over
    clock.spent = Spent(300.2, 298)
    assert most.over and most.said() == (
        "took 300.2 seconds by the clock, though it ran for only 2.2 of them,"
        " and 300 by the clock are allowed"
    )
    rest = Budget(clock, 9, 10).at_most(20)
    clock.spent = Spent(310, 298)
    assert rest.said() == "ran for 9.8 seconds, and 9 were left of this notebook's 9"


@pytest.fixture(scope="module")
def boxes():
    with ForkServer() as forkserver, Box(forkserver) as one, Box(forkserver) as other:
        yield one, other


def test_each_box_has_a_core_to_itself(boxes):
    code = "import json, os; print(json.dumps(sorted(os.sched_getaffinity(0))))"
    one, other = (box.value(code) for box in boxes)
    assert len(one) == len(other) == 1
    assert one != other or len(os.sched_getaffinity(0)) == 1


def test_a_box_can_not_take_another_core(boxes):
    kind, _ = boxes[0].error(f"import os; os.sched_setaffinity(0, {os.sched_getaffinity(0)})")
    assert kind == "OSError"


def test_a_box_gives_its_core_back():
    with ForkServer() as forkserver:
        seen = []
        for _ in range(3):
            with Box(forkserver) as box:
                seen.append(box.value("import os; print(min(os.sched_getaffinity(0)))"))
        assert len(set(seen)) == 1
