"""Workers: many submissions graded at once, by processes that may die."""

import ctypes
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    Executor,
    Future,
    ProcessPoolExecutor,
    wait,
)
from dataclasses import dataclass
from typing import Any

from nbjudge._batch.troubles import must_stop
from nbjudge._model import Limits, Result, Source, Status, Submission

Work = Callable[[Source, Submission, Limits], Result]
MOST_MEMORY = 4 << 30  # bytes of address space of one worker
AHEAD = 2  # submissions handed out for each worker, so that none waits while rows are written


@dataclass(frozen=True)
class Task:
    """One notebook of one learner, still to be graded."""

    student: str
    source: Source
    submission: Submission
    digest: str


class Pool:
    """Runs tasks on an Executor, a bounded number at a time, and outlives workers that die.

    Without an executor of the caller's it has processes of its own, forked from this one, so
    that they share what it has imported and the process that kernels are forked from.
    """

    def __init__(self, executor: Executor | None, workers: int | None) -> None:
        self.given = executor
        self.executor = executor
        self.workers = workers or len(os.sched_getaffinity(0))  # each box has one to itself
        self.processes: set[Any] = set()

    def open(self) -> None:
        """Start the workers, all of them while this process has no thread that a fork cuts off."""
        if self.given:
            return
        before = set(multiprocessing.active_children())
        context = multiprocessing.get_context("fork")
        self.executor = ProcessPoolExecutor(self.workers, context, initialise_worker)
        self.executor.submit(os.getpid).result()
        self.processes = set(multiprocessing.active_children()) - before

    def close(self) -> None:
        """Stop at once, without waiting for what is not done."""
        if self.given or not self.executor:
            return
        for process in self.processes:
            process.kill()
        self.executor.shutdown(cancel_futures=True)

    def map(
        self, work: Work, limits: Limits, tasks: Iterator[Task | str]
    ) -> Iterator[tuple[Task, Result] | tuple[str, None]]:
        """Pairs of task and result as they come; what is no task comes back as it is."""
        flying: dict[Future[Result], Task] = {}
        for task in tasks:
            if isinstance(task, str):
                yield task, None
                continue
            assert self.executor, "open comes first"
            try:
                future = self.executor.submit(work, task.source, task.submission, limits)
            except BrokenExecutor as error:
                future = Future()
                future.set_exception(error)
            flying[future] = task
            if len(flying) >= AHEAD * self.workers:
                yield from self.landed(flying, work, limits)
        while flying:
            yield from self.landed(flying, work, limits)

    def landed(
        self, flying: dict[Future[Result], Task], work: Work, limits: Limits
    ) -> Iterator[tuple[Task, Result]]:
        """What has ended by now, at least one. Takes it out of `flying`."""
        done, _ = wait(flying, return_when=FIRST_COMPLETED)
        if broken := any(isinstance(each.exception(), BrokenExecutor) for each in done):
            # One worker's death takes the pool along, and with it all that was under way.
            done, _ = wait(flying)
        landed = [(flying.pop(future), future) for future in done]
        if broken:
            self.close()
            self.open()
        for task, future in landed:
            if not (error := future.exception()):
                yield task, future.result()
            elif must_stop(error):
                raise error
            else:
                yield task, self.again(task, work, limits)

    def again(self, task: Task, work: Work, limits: Limits) -> Result:
        """A second try, by a worker of its own, whose death then says something of the task."""
        executor = self.given or ProcessPoolExecutor(
            1, multiprocessing.get_context("spawn"), initialise_worker
        )
        try:
            return executor.submit(work, task.source, task.submission, limits).result()
        except Exception as error:
            if must_stop(error):
                raise
            return cannot_be_judged(task.source, f"grading it failed twice ({error!r})")
        finally:
            if not self.given:
                executor.shutdown()


def initialise_worker() -> None:
    """What a new worker does first: leave Ctrl-C to the coordinator, end when that ends, and hold
    no more memory than a worker needs."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        import resource

        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
        # What a kernel sends, or a file holds, may swell here. The hard limit stays for kernels.
        resource.setrlimit(
            resource.RLIMIT_AS, (MOST_MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1])
        )


def judge(source: Source, submission: Submission, limits: Limits, unsafe: bool = False) -> Result:
    """`grade` as a worker runs it, with the fork server that it inherited or has made before.

    Raises SandboxError where there is no sandbox at all, and CannotBoxError where there is one,
    but not for this submission.
    """
    from nbjudge._judge.channel import CHECK_RUNNER
    from nbjudge._judge.grade import grade, modules
    from nbjudge._kernel.forkserver import forkserver_for
    from nbjudge._kernel.sandbox import SandboxError

    forkserver = forkserver_for(modules(source), unsafe=unsafe)
    try:
        return grade(source, submission, limits, forkserver)
    except SandboxError as error:
        # Raises SandboxError when the fork server forks nothing any more, for whomever.
        forkserver.trusted(CHECK_RUNNER).kill()
        raise CannotBoxError(str(error)) from error


class CannotBoxError(Exception):
    """No box could be made for one submission."""


def cannot_be_judged(source: Source, why: str) -> Result:
    from nbjudge._assignment.outline import outline
    from nbjudge._judge.grade import unjudged

    return unjudged(outline(source), Status.CANNOT, why)
