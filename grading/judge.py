"""The pure core: one submission graded against its source. No course tree, no gradebook.

The learner's cells run in a kernel inside the sandbox (kernels.py). Each check runs in the referee
(bench.py), which asks that kernel for the values of the names that the check uses. A check that
has not demonstrably run to its end has no points.
"""

import asyncio
import contextlib
import json
import logging
import os
import tempfile
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any

import nbformat
import zmq
import zmq.asyncio
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from grading.kernels import Warm, modules_of, warm_for
from grading.model import (
    MOST_FILES,
    Check,
    Damage,
    Limits,
    Result,
    Source,
    Status,
    Submission,
    overall,
    write_files,
)
from grading.outline import Outline, Role, Step, outline
from grading.repair import Repaired, Unreadable, clean, repair

MODULES = frozenset(  # that a check may get of the learner by name, besides those of the source
    "calendar collections datetime decimal fractions functools itertools json math operator "
    "random re statistics string textwrap".split()
)
SILENT = logging.Logger("grading", logging.CRITICAL + 1)  # the result says it all
READING = threading.Lock()  # Python 3.11's `ast` can fail when two threads use it at once
PATIENCE = 3.0  # seconds that an interrupted kernel has to answer again
LINE = 64 * 2**20  # the longest line between judge and referee, bytes
EMPTY = json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


def grade(
    source: Source,
    submission: Submission,
    limits: Limits | None = None,
    warm: Warm | None = None,
) -> Result:
    """Repair, run and judge one submission.

    Depends on nothing but its arguments, and writes nothing but private temporary folders.
    `warm` is the process to fork from; without one, this process keeps one for itself.
    Raises SandboxError where no safe kernel can be had.
    """
    limits = limits or Limits()
    with READING:
        plan = outline(source)
    if submission.notebook is None:
        if submission.notes:  # there is something, which is not one notebook of a fair size
            return unjudged(plan, Status.CANNOT, submission.notes[0])
        return unjudged(plan, Status.MISSING, "no notebook was handed in")
    begun = time.monotonic()
    try:
        repaired = repair(plan, submission.notebook)
    except Unreadable as error:
        return unjudged(plan, Status.CANNOT, str(error))
    took = time.monotonic() - begun
    warm = warm or warm_for(modules(source))
    run = Run(source, submission, repaired, limits, warm)
    run.cost["repair"] = took
    in_own_loop(run.all())
    notes = [*submission.notes, *run.left_out]
    return run.result((*(Damage("", note) for note in notes), *repaired.damage))


def modules(source: Source) -> tuple[str, ...]:
    """What the source imports, but for modules that lie beside it."""
    with READING:
        return _modules(source.notebook, tuple(source.files))


@lru_cache(maxsize=64)
def _modules(notebook: str, files: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(modules_of(notebook, files))


def in_own_loop(work: Coroutine[Any, Any, None]) -> None:
    """Run to the end, also where this thread has a running loop, as in a Jupyter server."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        asyncio.run(work)
        return
    troubles: list[BaseException] = []

    def alone() -> None:
        try:
            asyncio.run(work)
        except BaseException as error:
            troubles.append(error)

    thread = threading.Thread(target=alone)
    thread.start()
    thread.join()
    if troubles:
        raise troubles[0]


def unjudged(plan: Outline, status: Status, said: str) -> Result:
    """The result for a submission of which nothing could be run: 0, and why, in each check."""
    repaired = repair(plan, EMPTY)
    checks = []
    for cell, step in zip(repaired.cells, repaired.steps, strict=True):
        if step and step.role is Role.CHECK:
            checks.append(Check(step.grade_id, status, 0.0, step.points, said))
            write_verdict(cell, checks[-1])
    return Result(
        status, tuple(checks), (Damage("", said),), text_of(repaired.cells, plan), {"kernels": 0}
    )


def text_of(cells: list[NotebookNode], plan: Outline) -> str:
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=plan.metadata)
    return nbformat.writes(notebook)


class LearnerClient(NotebookClient):
    """nbclient, with a cap on what the cells put out, and without a kernel of its own."""

    def __init__(
        self, notebook: NotebookNode, limits: Limits, seconds: Callable[[], float]
    ) -> None:
        super().__init__(
            notebook,
            allow_errors=True,
            interrupt_on_timeout=True,
            raise_on_iopub_timeout=True,
            store_widget_state=False,  # nobody reads it, and it would have no limit
            timeout_func=lambda cell: max(0.1, seconds()),
            skip_cells_with_tag="",
            error_on_timeout={"ename": "Timed out", "evalue": "", "traceback": []},
            log=SILENT,
        )
        self.room = limits.output
        self.displays: Counter[str] = Counter()  # how many there are of each id

    def process_message(
        self, msg: dict[str, Any], cell: NotebookNode, cell_index: int
    ) -> NotebookNode | None:
        """A display takes the place of all earlier ones of its id, and counts as often."""
        content = msg["content"]
        count = content.get("execution_count")
        if count is not None and (type(count) is not int or count < 0):
            raise ValueError("an odd execution count")
        if again := self.displays[(content.get("transient") or {}).get("display_id")]:
            self.room -= again * len(json.dumps(content, default=str))
            if self.room < 0:
                return None
        return super().process_message(msg, cell, cell_index)

    def output(
        self, outs: list[NotebookNode], msg: dict[str, Any], display_id: str, cell_index: int
    ) -> NotebookNode | None:
        self.room -= len(json.dumps(msg["content"], default=str))
        if self.room < 0:
            return None
        if display_id:
            self.displays[display_id] += 1
        return super().output(outs, msg, display_id, cell_index)


class Run:
    """One submission, from the first kernel to the verdicts."""

    def __init__(
        self,
        source: Source,
        submission: Submission,
        repaired: Repaired,
        limits: Limits,
        warm: Warm,
    ) -> None:
        self.source = source
        self.files, self.left_out = beside(submission.files, source.files)
        self.repaired, self.limits, self.warm = repaired, limits, warm
        self.plan = outline(source)
        self.notebook = nbformat.v4.new_notebook(cells=repaired.cells)
        self.client = LearnerClient(self.notebook, limits, self.cell_seconds)
        self.modules = MODULES.union(modules(source))
        self.verdicts: dict[str, Check] = {}
        self.fatal: set[int] = set()  # cells after which the kernel was dead
        self.reached = 0  # cells that have been run, or tried
        self.trouble: tuple[Status, str] | None = None  # of the answers since the last check
        self.ended: tuple[Status, str] | None = None  # why the rest was not reached
        self.begun = time.monotonic()
        self.cost: dict[str, float] = {"kernels": 0, "questions": 0}
        self.kernel: Any = None
        self.referee: Referee | None = None
        self.folder = ""

    # Time

    def left(self) -> float:
        return self.begun + self.limits.notebook_seconds - time.monotonic()

    def cell_seconds(self) -> float:
        return min(self.limits.cell_seconds, self.left())

    @contextlib.contextmanager
    def timed(self, part: str) -> Iterator[None]:
        begun = time.monotonic()
        try:
            yield
        finally:
            self.cost[part] = self.cost.get(part, 0.0) + time.monotonic() - begun

    # Running

    async def all(self) -> None:
        """Run every cell and judge every check, as far as the limits go."""
        try:
            with tempfile.TemporaryDirectory(prefix="grading-") as self.folder:
                write_files(Path(self.folder), self.source.files)
                async with self.processes():
                    for index in range(len(self.repaired.cells)):
                        await self.cell(index)
                        self.reached = index + 1
        except Ended as ended:
            self.ended = (ended.status, str(ended))

    async def cell(self, index: int) -> None:
        cell, step = self.repaired.cells[index], self.repaired.steps[index]
        if cell.cell_type != "code":
            return
        if self.left() <= 0:
            used_up = f"the {self.limits.notebook_seconds:g} seconds of this notebook are used up"
            raise Ended(Status.TIMED_OUT, f"not reached: {used_up}")
        if step and step.role is Role.CHECK:
            with self.timed("checks"):
                self.verdicts[step.grade_id] = await self.check(cell, step)
            self.trouble = None
            return
        if step and step.trusted:
            await self.referee.send(do="setup", code=cell.source, **names_at(step))
        with self.timed("cells"):
            await self.execute(index)

    async def execute(self, index: int) -> None:
        """Run one cell of the learner, and see to it that there is a kernel for the next."""
        cell = self.repaired.cells[index]
        begun, seconds = time.monotonic(), self.cell_seconds()
        late = f"a cell before this check ran longer than {seconds:.0f} seconds"
        try:
            room = self.client.room
            await asyncio.wait_for(
                self.client.async_execute_cell(cell, index), seconds + 2 * PATIENCE + 4
            )
            if time.monotonic() - begun >= seconds:  # it was interrupted
                self.trouble = (Status.TIMED_OUT, late)
            if self.client.room < 0 <= room:
                self.note(cell, "The rest of what this notebook puts out was left out.")
        except (CellTimeoutError, TimeoutError):
            self.note(cell, f"This cell could not be stopped after {seconds:.0f} seconds.")
            self.fatal.add(index)
            self.trouble = (Status.TIMED_OUT, late)
            await self.restart(index)
        except DeadKernelError:
            self.note(cell, f"The kernel died in this cell{self.cause}.")
            self.fatal.add(index)
            said = f"the kernel died in a cell before this check{self.cause}"
            self.trouble = (Status.CRASHED, said)
            await self.restart(index)
        except (Ended, asyncio.CancelledError):
            raise
        except Exception as error:  # messages that nbclient itself cannot read
            self.fatal.add(index)
            said = f"the kernel sent what no kernel sends ({type(error).__name__})"
            self.trouble = (Status.TAMPERED, said)
            self.note(cell, said)
            await self.restart(index)

    @property
    def cause(self) -> str:
        """Why a kernel that is dead was ended, where it did not end by itself."""
        why = getattr(self.kernel.provisioner, "why", "")
        return f": {why}" if why else ""

    def note(self, cell: NotebookNode, text: str) -> None:
        cell.outputs.append(nbformat.v4.new_output("stream", name="stderr", text=text + "\n"))

    async def check(self, cell: NotebookNode, step: Step) -> Check:
        """Have the referee run one check against the learner's kernel."""
        seconds = min(self.limits.check_seconds, max(0.1, self.left()))

        def verdict(status: Status, said: str, score: float = 0.0, **told: Any) -> Check:
            took = told.pop("seconds", 0.0)
            check = Check(step.grade_id, status, score, step.points, said, took)
            write_verdict(cell, check, **told)
            return check

        if step.unresolved:
            said = "the check's AUTOTEST was not filled in: run generate_assignment"
            return verdict(Status.CANNOT, said)
        asking = asyncio.ensure_future(self.ask(step, seconds))
        death = asyncio.ensure_future(self.kernel.provisioner.wait())
        done, waiting = await asyncio.wait(
            {asking, death}, timeout=seconds + PATIENCE, return_when=asyncio.FIRST_COMPLETED
        )
        for task in waiting:
            task.cancel()
        if asking not in done or asking.exception():
            cause = self.cause
            await self.restart(self.reached)
            if death in done:
                return verdict(Status.CRASHED, f"the kernel died while this check asked it{cause}")
            return verdict(Status.TIMED_OUT, f"the check did not end in {seconds:.0f} seconds")
        told = asking.result()
        if self.referee.broken:
            return verdict(Status.CANNOT, f"the teacher's own cell stops: {self.referee.broken}")
        self.cost["questions"] += told["questions"]
        # A learner's text may hold half characters, which no file can.
        told |= {key: clean(told[key]) for key in ("message", "printed")}
        status, score, said = Status(told["status"]), told["score"], told["message"]
        if status is Status.TIMED_OUT and not await self.stops():
            await self.restart(self.reached)
        if self.trouble and status is Status.GRADED and not score:
            status, before = self.trouble
            said, told["kind"] = f"{before}; then: {said}", ""
        more = {key: told[key] for key in ("printed", "kind", "seconds")}
        return verdict(status, said, score, **more)

    async def ask(self, step: Step, seconds: float) -> dict[str, Any]:
        """What the referee says of a check. What the kernel puts out meanwhile is thrown away.

        It says twice for each question that it is at work. More than its queue holds would be
        lost, and with it what the next cell puts out.
        """

        async def throw_away() -> None:
            while True:
                await self.client.kc.iopub_channel.socket.recv_multipart()

        unheard = asyncio.ensure_future(throw_away())
        try:
            return await self.referee.ask(
                do="check",
                code=step.source,
                points=step.points,
                seconds=seconds,
                **names_at(step),
            )
        finally:
            unheard.cancel()

    async def stops(self) -> bool:
        """Interrupt the kernel; whether it answers again."""
        await self.kernel.interrupt_kernel()
        sent = self.client.kc.kernel_info()
        with contextlib.suppress(asyncio.TimeoutError, Exception):
            async with asyncio.timeout(PATIENCE):
                while True:
                    message = await self.client.kc.shell_channel.get_msg()
                    if message["parent_header"].get("msg_id") == sent:
                        return True
        return False

    # Processes

    @contextlib.asynccontextmanager
    async def processes(self) -> AsyncIterator[None]:
        try:
            with self.timed("start"):
                await self.start()
            yield
        finally:
            with self.timed("stop"):
                await self.stop()

    async def start(self) -> None:
        self.referee = await Referee.open(self.warm)
        await self.referee.send(do="open", folder=self.folder, memory=self.limits.memory)
        self.kernel = self.warm.kernel(self.files, self.source.name, self.limits)
        self.kernel.context = zmq.asyncio.Context()
        self.kernel.context.setsockopt(zmq.MAXMSGSIZE, 2 * self.limits.reply)
        self.cost["kernels"] += 1
        await self.kernel.start_kernel()
        client = self.kernel.client()
        client.start_channels(stdin=False, hb=False)
        await hears(client)
        self.client.km, self.client.kc = self.kernel, client
        info = self.kernel.get_connection_info()
        info["key"] = info["key"].decode()
        await self.referee.send(
            do="connect",
            info={key: info[key] for key in ("transport", "ip", "shell_port", "key")},
            reply=self.limits.reply,
            modules=sorted(self.modules),
        )

    async def stop(self) -> None:
        if self.referee:
            self.referee.kill()
        if self.kernel:
            if self.client.kc:
                self.client.kc.stop_channels()
            with contextlib.suppress(Exception):
                await self.kernel.shutdown_kernel(now=True)
            self.kernel.context.destroy(linger=0)
        self.referee = self.kernel = self.client.kc = None

    async def restart(self, index: int) -> None:
        """A fresh kernel and referee, with the cells up to `index` run again but for fatal ones.

        Sound, since a check only ever sees values that the learner's cells have made. A check that
        later ones need names of runs again as well; its verdict stands.
        """
        if self.cost["kernels"] > self.limits.restarts:
            times = int(self.cost["kernels"])
            raise Ended(Status.CRASHED, f"not reached: the kernel died or hung {times} times")
        with self.timed("restarts"):
            await self.stop()
            await self.start()
            for place in range(index + 1):
                cell, step = self.repaired.cells[place], self.repaired.steps[place]
                check = step and step.role is Role.CHECK
                if cell.cell_type != "code" or place in self.fatal:
                    continue
                if check and not (step.lends and self.ended_well(step)):
                    continue
                if step and step.trusted:
                    await self.referee.send(do="setup", code=cell.source, **names_at(step))
                again = nbformat.from_dict({**cell, "outputs": []})
                patience = self.cell_seconds() + 2 * PATIENCE + 4
                if check:
                    running = self.ask(step, self.limits.check_seconds)
                else:
                    running = self.client.async_execute_cell(again, place)
                try:
                    await asyncio.wait_for(running, patience)
                except Exception:  # what was harmless the first time need not be so again
                    self.fatal.add(place)
                    await self.restart(index)
                    return
                finally:
                    self.repaired.cells[place] = cell  # nbclient puts `again` in its place

    def ended_well(self, step: Step) -> bool:
        verdict = self.verdicts.get(step.grade_id)
        return bool(verdict) and verdict.status is Status.GRADED

    # Results

    def result(self, damage: tuple[Damage, ...]) -> Result:
        checks = []
        for cell, step in zip(self.repaired.cells, self.repaired.steps, strict=True):
            if not step or step.role is not Role.CHECK:
                continue
            check = self.verdicts.get(step.grade_id)
            if check is None:
                status, said = self.ended or (Status.CRASHED, "not reached")
                check = Check(step.grade_id, status, 0.0, step.points, said)
                write_verdict(cell, check)
            checks.append(check)
        self.cost["seconds"] = time.monotonic() - self.begun
        text = text_of(self.repaired.cells, self.plan)
        return Result(overall(tuple(checks)), tuple(checks), damage, text, self.cost)


class Ended(Exception):
    """The notebook cannot go on; what was judged stands."""

    def __init__(self, status: Status, said: str) -> None:
        super().__init__(said)
        self.status = status


async def hears(client: Any) -> None:
    """Wait until the kernel answers on both channels, so that no output is lost."""
    seen: set[str] = set()

    async def listen(channel: Any, name: str) -> None:
        while name not in seen:
            message = await channel.get_msg()
            if message["parent_header"].get("msg_type") == "kernel_info_request":
                seen.add(name)

    async with asyncio.timeout(60):
        tasks = [
            asyncio.ensure_future(listen(client.shell_channel, "shell")),
            asyncio.ensure_future(listen(client.iopub_channel, "iopub")),
        ]
        try:
            while len(seen) < 2:
                client.kernel_info()
                await asyncio.wait(tasks, timeout=0.1)
        finally:
            for task in tasks:
                task.cancel()


class Referee:
    """The judge's end of the talk with the process that runs the checks."""

    def __init__(self, process: Any, reader: Any, writer: Any) -> None:
        self.process, self.reader, self.writer = process, reader, writer
        self.owed = 0  # replies not yet read
        self.broken = ""  # what stopped a trusted cell

    @classmethod
    async def open(cls, warm: Warm) -> "Referee":
        process = warm.referee()
        reader, writer = await asyncio.open_unix_connection(sock=process.sock, limit=LINE)
        return cls(process, reader, writer)

    async def send(self, **order: Any) -> None:
        """Give an order without waiting for it to be carried out."""
        self.writer.write(json.dumps(order).encode() + b"\n")
        self.owed += 1
        await self.writer.drain()

    async def ask(self, **order: Any) -> dict[str, Any]:
        await self.send(**order)
        while self.owed:
            line = await self.reader.readline()
            if not line:
                raise ConnectionError("the referee is gone")
            self.owed -= 1
            reply = json.loads(line)
            self.broken = self.broken or reply.get("error", "")
        return reply

    def kill(self) -> None:
        self.writer.close()
        self.process.kill()


def names_at(step: Step) -> dict[str, Any]:
    """Whose the names are in this cell, and which of the learner's are only modules."""
    return {
        "learner": sorted(step.learner_names),
        "judge": sorted(step.judge_names),
        "modules": dict(step.modules),
    }


def beside(
    given: Mapping[str, bytes], taught: Mapping[str, bytes]
) -> tuple[dict[str, bytes], list[str]]:
    """The files that a kernel finds beside its notebook, and what was left out of those given.

    The teacher's files win: one of the learner's that has no place beside them is left out.
    """
    files, folders, odd = dict(taught), set(), []
    for name in taught:
        folders.update(map(str, PurePosixPath(name).parents))
    for name, content in given.items():
        above = {str(parent) for parent in PurePosixPath(name).parents}
        if name in taught:
            continue
        clashes = name in folders or any(folder in files for folder in above)
        if clashes or not is_inside(name) or len(files) >= MOST_FILES + len(taught):
            odd.append(name)
        else:
            files[name] = content
            folders |= above
    shown = ", ".join(ascii(name[:60]) for name in odd[:3]) + ", ..." * (len(odd) > 3)
    return files, [f"files that have no place here were left out: {shown}"] if odd else []


def is_inside(name: str) -> bool:
    """A plain relative path that a file system takes."""
    try:
        parts = os.fsencode(name).split(b"/")
    except UnicodeEncodeError:
        return False
    fit = all(part not in (b"", b".", b"..") and len(part) < 256 for part in parts)
    return fit and "\0" not in name and len(name) <= 1000


def write_verdict(cell: NotebookNode, check: Check, printed: str = "", kind: str = "") -> None:
    """Write a verdict as nbgrader reads it: nothing, a number or an error in the cell's output."""
    new = nbformat.v4.new_output
    cell.outputs = [new("stream", name="stdout", text=printed)] if printed else []
    if check.message:
        name = kind or ("AssertionError" if check.status is Status.GRADED else check.status.value)
        cell.outputs.append(
            new("error", ename=name, evalue=check.message, traceback=[f"{name}: {check.message}"])
        )
    elif check.score != check.max_score:
        text = {"text/plain": repr(check.score)}
        cell.outputs.append(new("execute_result", data=text, execution_count=None))
