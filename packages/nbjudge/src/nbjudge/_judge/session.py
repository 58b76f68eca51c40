"""One submission, from its first kernel to its verdicts: cells, checks, restarts, time."""

import asyncio
import contextlib
import shutil
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import zmq
import zmq.asyncio
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from nbgrader.utils import determine_grade

from nbjudge._assignment.matching import Repaired
from nbjudge._assignment.outline import Outline, Role, Step
from nbjudge._assignment.reading import writable
from nbjudge._files import laid_beside, temporary_folder, write_files
from nbjudge._judge.channel import CheckChannel
from nbjudge._judge.verdicts import notebook_text, write_verdict
from nbjudge._kernel.client import CappedClient, hears
from nbjudge._kernel.forkserver import ForkServer
from nbjudge._kernel.provisioner import kernel_manager
from nbjudge._kernel.work import TICK, Budget, WorkClock
from nbjudge._model import Check, Damage, Limits, Result, Source, Status, Submission, overall

MODULES = frozenset(  # that a check may get of the learner by name, besides those of the source
    "calendar collections datetime decimal fractions functools itertools json math operator "
    "random re statistics string textwrap".split()
)
LONGEST_SAID = 2_000  # characters of what a check in the learner's kernel says
PATIENCE = 3.0  # seconds that an interrupted kernel has to answer again
RUNNER_LOST = (
    "the judge's own process ended before it had judged this check, which does not show that the "
    "answer is wrong"
)


class Session:
    """One submission, from the first kernel to the verdicts."""

    def __init__(
        self,
        source: Source,
        submission: Submission,
        plan: Outline,
        imported: Iterable[str],
        repaired: Repaired,
        limits: Limits,
        forkserver: ForkServer,
    ) -> None:
        self.source = source
        self.files, self.left_out = laid_beside(submission.files, source.files)
        self.repaired, self.limits, self.forkserver = repaired, limits, forkserver
        self.plan = plan
        self.notebook = nbformat.v4.new_notebook(cells=repaired.cells)
        self.client = CappedClient(self.notebook, limits)
        self.modules = MODULES.union(imported)
        self.verdicts: dict[str, Check] = {}
        self.fatal: set[int] = set()  # cells after which the kernel was dead
        self.reached = 0  # cells that have been run, or tried
        self.trouble: tuple[Status, str] | None = None  # of the answers since the last check
        self.ended: tuple[Status, str] | None = None  # why the rest was not reached
        self.lost = False  # whether a process for the checks has ended by itself
        self.begun = time.monotonic()
        self.clock = WorkClock()
        self.time = Budget(self.clock, limits.notebook_seconds, limits.wall_factor)
        self.cost: dict[str, float] = {"kernels": 0, "questions": 0}
        self.kernel: Any = None
        self.checks: Any = None  # a CheckChannel, while there are processes
        self.folder = ""

    # Time

    async def ends(self, most: Budget, *works: asyncio.Future[Any]) -> bool:
        """Wait until one of these is done, or the time is used up; whether one is done."""
        while True:
            done, _ = await asyncio.wait(works, timeout=TICK, return_when=asyncio.FIRST_COMPLETED)
            if done or most.over:
                return bool(done)

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
            self.folder = temporary_folder("files")
            write_files(Path(self.folder), self.source.files)
            async with self.processes():
                for index in range(len(self.repaired.cells)):
                    await self.cell(index)
                    self.reached = index + 1
        except Ended as ended:
            self.ended = (ended.status, str(ended))
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.clock.close()

    async def cell(self, index: int) -> None:
        cell, step = self.repaired.cells[index], self.repaired.steps[index]
        if cell.cell_type != "code":
            return
        if self.time.over:
            raise Ended(Status.TIMED_OUT, f"not reached: the notebook {self.time.said()}")
        if step and step.role is Role.CHECK:
            with self.timed("checks"):
                if step.in_kernel:
                    self.trouble = None
                    await self.check_in_kernel(index, step)
                else:
                    await self.trusted_cells()
                    await self.check(cell, step)
            self.trouble = None
            return
        if step and step.trusted:
            await self.checks.send(do="setup", code=cell.source, **names_at(step))
        with self.timed("cells"):
            await self.execute(index)

    async def execute(self, index: int) -> None:
        """Run one cell of the learner, and see to it that there is a kernel for the next.

        The trouble, if any, is left for the next check.
        """
        cell = self.repaired.cells[index]
        room = self.client.room
        try:
            if late := await self.run_cell(cell, index):
                self.trouble = (Status.TIMED_OUT, f"a cell before this check {late}")
            if self.client.room < 0 <= room:
                self.note(cell, "The rest of what this notebook puts out was left out.")
        except CellTimeoutError as error:
            self.note(cell, f"This cell {error}. It could not be stopped.")
            self.fatal.add(index)
            self.trouble = (Status.TIMED_OUT, f"a cell before this check {error}")
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

    async def run_cell(self, cell: NotebookNode, index: int) -> str:
        """Run a cell, and stop it after its time; gives "" or why it was stopped.

        Raises CellTimeoutError where it does not let itself be stopped.
        """
        most = self.time.at_most(self.limits.cell_seconds)
        running = asyncio.ensure_future(self.client.async_execute_cell(cell, index))
        late, self.client.odd = "", None
        try:
            if not await self.ends(most, running):
                if self.client.odd:
                    raise self.client.odd
                late = most.said()
                await self.kernel.interrupt_kernel()
                if not await self.ends(self.patience(), running):
                    raise CellTimeoutError(late)
            running.result()
        finally:
            running.cancel()
        return late

    def patience(self) -> Budget:
        return Budget(self.clock, PATIENCE, self.limits.wall_factor)

    @property
    def cause(self) -> str:
        """Why a kernel that is dead was ended, where it did not end by itself."""
        why = getattr(self.kernel.provisioner, "why", "")
        return f": {why}" if why else ""

    def note(self, cell: NotebookNode, text: str) -> None:
        cell.outputs.append(nbformat.v4.new_output("stream", name="stderr", text=text + "\n"))

    async def check_in_kernel(self, index: int, step: Step) -> None:
        """Run one check as plain nbgrader does: in the learner's kernel, by what it puts out."""
        begun = time.monotonic()
        ended: Ended | None = None
        try:
            await self.execute(index)
        except Ended as error:  # it was reached, and those after it were not
            ended = error
        trouble, cell = self.trouble, self.repaired.cells[index]
        status, said, score = Status.GRADED, wrong_output(cell), 0.0
        if trouble:
            status, said = trouble
            said = said.replace("cell before this check", "cell of this check")
        else:
            try:
                score, _ = determine_grade(cell)
            except (ValueError, KeyError, TypeError) as error:
                status, said = Status.CANNOT, str(error)
            if not 0 <= score <= step.points:
                status, score, said = Status.CANNOT, 0.0, f"{score} is no number of its points"
        check = Check(step.grade_id, status, score, step.points, said[:LONGEST_SAID])
        check = replace(check, in_kernel=True, seconds=time.monotonic() - begun)
        self.verdicts[step.grade_id] = check
        if status is not Status.GRADED:
            write_verdict(cell, check)
        if ended:
            raise ended

    async def trusted_cells(self) -> None:
        """Wait for the author's own cells, for as long as a cell may run.

        They run beside the learner's, and are not to take a check's seconds.
        """
        if self.checks.owed:
            running = asyncio.ensure_future(self.checks.settled())
            await self.ends(self.time.at_most(self.limits.cell_seconds), running)
            running.cancel()
            with contextlib.suppress(asyncio.CancelledError, OSError, ValueError):
                await running  # whoever hung up is found by the check

    async def check(self, cell: NotebookNode, step: Step) -> None:
        """Have the check runner run one check against the learner's kernel.

        The verdict stands before anything is started anew, which may be once too often.
        """
        most = self.time.at_most(self.limits.check_seconds)

        def verdict(status: Status, said: str, score: float = 0.0, **told: Any) -> None:
            more = {key: told.pop(key) for key in ("seconds", "ended", "files") if key in told}
            check = Check(step.grade_id, status, score, step.points, said, **more)
            self.verdicts[step.grade_id] = check
            write_verdict(cell, check, **told)

        if step.unresolved:
            said = "the check's AUTOTEST was not filled in: run generate_assignment"
            return verdict(Status.CANNOT, said)
        asking = asyncio.ensure_future(self.ask(step, most))
        death = asyncio.ensure_future(self.kernel.provisioner.wait())
        try:
            # The check runner itself ends a check that is late, unless the check's own code
            # keeps it busy.
            late = Budget(self.clock, most.seconds + PATIENCE, most.factor)
            await self.ends(late, asking, death)
            told = asking.result() if asking.done() else None
        except (OSError, ValueError):
            verdict(Status.CANNOT, RUNNER_LOST)
            return await self.restart(self.reached)
        finally:
            asking.cancel()
            death.cancel()
        if told is None:
            if death.done():
                verdict(Status.CRASHED, f"the kernel died while this check asked it{self.cause}")
            else:
                verdict(Status.TIMED_OUT, f"the check {most.said()}")
            return await self.restart(self.reached)
        self.cost["questions"] += told["questions"]
        # A learner's text may hold half characters, which no file can.
        told |= {key: writable(told[key]) for key in ("message", "printed")}
        status, score, said = Status(told["status"]), told["score"], told["message"]
        if self.trouble and status is Status.GRADED and not score:
            status, before = self.trouble
            said, told["kind"] = f"{before}; then: {said}", ""
        if self.checks.broken and status is Status.GRADED and score < step.points:
            status, told["kind"] = Status.CANNOT, ""
            said = f"a read-only cell of the author's stops: {self.checks.broken}; then: {said}"
        more = {key: told[key] for key in ("printed", "kind", "seconds", "ended")}
        more["files"] = tuple(told["files"])
        verdict(status, said, score, **more)
        if told["status"] == Status.TIMED_OUT and not await self.stops():
            await self.restart(self.reached)

    async def ask(self, step: Step, most: Budget) -> dict[str, Any]:
        """What the check runner says of a check. What the kernel puts out meanwhile is thrown away.

        It says twice for each question that it is at work. More than its queue holds would be
        lost, and with it what the next cell puts out. OSError or ValueError where nothing is said.
        """

        async def throw_away() -> None:
            assert self.client.kc
            while True:
                await self.client.kc.iopub_channel.socket.recv_multipart()

        unheard = asyncio.ensure_future(throw_away())
        try:
            return await self.checks.ask(
                do="check",
                code=step.source,
                points=step.points,
                allowed=[most.seconds, most.factor, most.rest_of],
                lent=sorted(step.lent),
                **names_at(step),
            )
        except (OSError, ValueError):  # it hung up, perhaps in the middle of a line
            self.lost = True
            raise
        finally:
            unheard.cancel()

    async def stops(self) -> bool:
        """Interrupt the kernel; whether it answers again."""
        await self.kernel.interrupt_kernel()
        assert self.client.kc
        channel, sent = self.client.kc.shell_channel, self.client.kc.kernel_info()

        async def answered() -> None:
            while (await channel.get_msg())["parent_header"].get("msg_id") != sent:
                pass

        answer = asyncio.ensure_future(answered())
        try:
            return await self.ends(self.patience(), answer) and not answer.exception()
        finally:
            answer.cancel()

    # Processes

    @contextlib.asynccontextmanager
    async def processes(self) -> AsyncIterator[None]:
        try:
            with self.timed("start"), self.clock.paused():
                await self.start()
            yield
        finally:
            with self.timed("stop"):
                await self.stop()

    async def start(self) -> None:
        self.checks = await CheckChannel.open(self.forkserver)
        await self.checks.send(do="open", folder=self.folder, memory=self.limits.memory)
        self.kernel = kernel_manager(self.forkserver, self.files, self.source.name, self.limits)
        self.kernel.context = zmq.asyncio.Context()
        self.kernel.context.setsockopt(zmq.MAXMSGSIZE, 2 * self.limits.reply)
        self.cost["kernels"] += 1
        await self.kernel.start_kernel()
        # The clock counts for both: while one works, the other waits for it.
        pid = self.kernel.provisioner.pid
        self.clock.follow([self.checks.process.pid, pid])
        client = self.kernel.client()
        client.start_channels(stdin=False, hb=False)
        await hears(client)
        self.client.km, self.client.kc = self.kernel, client
        info = self.kernel.get_connection_info()
        info["key"] = info["key"].decode()
        await self.checks.send(
            do="connect",
            info={key: info[key] for key in ("transport", "ip", "shell_port", "key")},
            reply=self.limits.reply,
            modules=sorted(self.modules),
            kernel=pid,
            cells=self.own_cells,
        )

    @property
    def own_cells(self) -> list[str]:
        """The text of the learner's own cells of code."""
        return [
            cell.source
            for cell, step in zip(self.repaired.cells, self.repaired.steps, strict=True)
            if cell.cell_type == "code" and (not step or step.role in (Role.ANSWER, Role.PLAIN))
        ]

    async def stop(self) -> None:
        if self.checks:
            self.checks.kill()
        if self.kernel:
            if self.client.kc:
                self.client.kc.stop_channels()
            with contextlib.suppress(Exception):
                await self.kernel.shutdown_kernel(now=True)
            self.kernel.context.destroy(linger=0)
        self.checks = self.kernel = self.client.kc = None
        self.clock.follow([])

    async def restart(self, index: int) -> None:
        """Start both processes anew, and run the cells up to `index` again but for fatal ones.

        The verdicts so far stand, because a check only sees values that the learner's cells have
        made. A check that binds names for later ones is run again, for these names alone.
        """
        if self.cost["kernels"] > self.limits.restarts:
            # The kernel's end is the learner's. Once the checks' own process was lost, who is to
            # blame cannot be told, and a person looks.
            status = Status.CANNOT if self.lost else Status.CRASHED
            times = int(self.cost["kernels"])
            raise Ended(status, f"not reached: what ran this notebook ended or hung {times} times")
        with self.timed("restarts"):
            with self.clock.paused():
                await self.stop()
                await self.start()
            for place in range(index + 1):
                cell, step = self.repaired.cells[place], self.repaired.steps[place]
                check = step if step and step.role is Role.CHECK and not step.in_kernel else None
                if cell.cell_type != "code" or place in self.fatal:
                    continue
                if check and not (check.exports and self.ended_well(check)):
                    continue
                if step and step.trusted:
                    await self.checks.send(do="setup", code=cell.source, **names_at(step))
                again = nbformat.from_dict({**cell, "outputs": []})
                try:
                    if check:
                        most = self.time.at_most(self.limits.check_seconds)
                        asking = asyncio.ensure_future(self.ask(check, most))
                        if not await self.ends(most, asking):
                            asking.cancel()
                            raise TimeoutError
                        asking.result()
                    else:
                        await self.run_cell(again, place)
                except Exception:  # what was harmless the first time need not be so again
                    self.fatal.add(place)
                    await self.restart(index)
                    return
                finally:
                    self.repaired.cells[place] = cell  # nbclient puts `again` in its place

    def ended_well(self, step: Step) -> bool:
        verdict = self.verdicts.get(step.grade_id)
        return verdict is not None and verdict.status is Status.GRADED

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
        text = notebook_text(self.repaired.cells, self.plan)
        return Result(overall(tuple(checks)), tuple(checks), damage, text, self.cost)


class Ended(Exception):
    """The notebook cannot go on; what was judged stands."""

    def __init__(self, status: Status, said: str) -> None:
        super().__init__(said)
        self.status = status


def wrong_output(cell: NotebookNode) -> str:
    """What a cell that ran in a kernel says of what is wrong: its error, or what it warns of."""
    for output in cell.outputs:
        if output.output_type == "error":
            kind = "" if output.ename == "AssertionError" else f"{output.ename}: "
            return f"{kind}{output.evalue}" if output.evalue else output.ename
        if output.output_type == "stream" and output.name == "stderr":
            return str(output.text)
    return ""


def names_at(step: Step) -> dict[str, Any]:
    """Whose the names are in this cell, and which of the learner's are only modules."""
    return {
        "learner": sorted(step.learner_names),
        "judge": sorted(step.judge_names),
        "modules": dict(step.modules),
    }
