"""How fast grading is: ratios of things that are run side by side, on exercise 03.

    .venv/bin/python packages/nbjudge/tools/benchmark.py
    .venv/bin/python packages/nbjudge/tools/benchmark.py --only stock,floor --json FILE

The parts: `stock` (nbgrader's own autograde against `nbjudge autograde`, with one worker
and on all cores, scores compared cell by cell), `floor` (the same cells, executed one submission
after the other in one warm process without a kernel, a judge or a sandbox, once by plain `exec`
and once by IPython, which also draws what the cells show, as a kernel does), `growth` (time and
memory for a quarter, one and four times as many submissions), `dask` (one and two workers of a
LocalCluster), `threads` (threads in place of forked workers, and one worker more than cores, each
beside the command as it is). It takes about five minutes on two cores. Nothing else should run
meanwhile: the load average is printed first. 500 submissions: --only growth --students 125.

A submission has an answer to each question from the bank in tests/answers/, right or wrong, the
same ones in each run. Time of a command is wall time from its start to its end. Processor time is
that of all its processes, counted by `perf stat` where that is there. Memory is the largest
resident size of the command itself, of another of its processes, and the largest sum of all
(pages that several share are counted once), looked at four times a second.
"""
# ruff: noqa: E402 (the modules of tests/ have to be found first)

import argparse
import contextlib
import json
import os
import platform
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1] / "tests"
sys.path[:0] = [str(TESTS / part) for part in ("", "support", "corpus")]

import nbformat
import psutil
from test_equivalence import OURS, STOCK, scores

from fixture_course import EXERCISES, grade_id, role
from small_course import Course

EXERCISE = EXERCISES[0]
NAME = EXERCISE.name
PARTS = ("stock", "floor", "growth", "dask", "threads")
MB = 1024 * 1024
ONE, ALL = "grading, one worker", "grading, all cores"
FLOORS = {"floor by exec": "exec", "floor with what cells show": "shown"}
EXECUTE = {"setup", "answer", "check"}


@dataclass
class Run:
    """What one command took, in seconds and megabytes."""

    what: str
    submissions: int
    wall: float
    processor: float | None = None
    own_memory: float = 0
    largest_child: float = 0
    all_memory: float = 0

    def __str__(self) -> str:
        shown = f"{self.what:<38}{self.submissions:>5}{self.wall:>9.2f} s"
        shown += f"{self.wall / self.submissions:>9.3f} s each"
        if self.processor is not None:
            shown += f"{self.processor:>9.2f} s processor"
        if self.all_memory:
            shown += f"{self.own_memory:>7.0f} +{self.largest_child:>4.0f} MB"
            shown += f"{self.all_memory:>6.0f} MB in all"
        return shown


class Benchmark:
    """The runs, each of which is made once, and the ratios of them."""

    def __init__(self, folder: Path, students: int) -> None:
        self.folder, self.students = folder, students
        self.runs: dict[str, Run] = {}
        self.ratios: dict[str, float] = {}
        self.template = Course(folder / "template", STOCK)
        shutil.copytree(EXERCISE.source.parent, self.template.root / "source" / NAME)
        with quiet():
            self.template.assign(NAME)
        for number in range(4 * students):
            self.template.hand_in(f"s{number:03}", NAME, NAME, answers(number))

    def course(self, what: str, count: int, settings: str = OURS) -> Course:
        """A fresh copy of the course with this many submissions."""
        root = self.folder / what
        shutil.copytree(self.template.root, root)
        for folder in sorted((root / "submitted").iterdir())[count:]:
            shutil.rmtree(folder)
        return Course(root, settings)

    def ratio(self, what: str, value: float, aim: str = "") -> None:
        self.ratios[what] = round(value, 3)
        print(f"    {what}: {value:.2f}{f'  (aim: {aim})' if aim else ''}", flush=True)

    def note(self, run: Run) -> Run:
        self.runs[run.what] = run
        print(run, flush=True)
        return run

    def ours(self, what: str, count: int, *options: str) -> tuple[Run, Course]:
        course = self.course(what, count)
        command = [sys.executable, "-m", "nbjudge", "autograde", NAME, *options]
        return self.note(measured(what, count, command, course.root)), course

    def warm_up(self) -> None:
        """One submission each way: bytecode and lists of fonts are made once on a machine."""
        for settings, module in ((STOCK, "nbgrader"), (OURS, "nbjudge")):
            course = self.course(f"warm {module}", 1, settings)
            command = [sys.executable, "-m", module, "autograde", NAME]
            measured(f"{module}, to warm up", 1, command, course.root)

    # Parts

    def stock(self) -> None:
        n = self.students
        course = self.course("nbgrader autograde", n, STOCK)
        command = [sys.executable, "-m", "nbgrader", "autograde", NAME]
        stock = self.note(measured("nbgrader autograde", n, command, course.root))
        one, judged_one = self.ours(ONE, n, "--workers=1")
        every, judged = self.ours(ALL, n)
        expected = scores(course, NAME)
        given = {auto for auto, *_ in expected.values()}
        # Nobody here has written anything: that waits for a mark in nbgrader, and is 0 here.
        waits = {cell: rest for cell, (_, *rest, waits) in expected.items() if waits}
        expected |= {cell: (0, *rest, False) for cell, rest in waits.items()}
        assert len(expected) >= 6 * n and len(given) > 2, "there is nothing to compare"
        for other in (judged_one, judged):
            assert scores(other, NAME) == expected, "scores differ from nbgrader's"
        print(f"    {len(expected)} scores compared: all the same")
        self.ratio("times faster than nbgrader, one worker", stock.wall / one.wall)
        self.ratio("times faster than nbgrader, all cores", stock.wall / every.wall, "10")
        if stock.processor and one.processor and every.processor:
            self.ratio("times less processor time, one worker", stock.processor / one.processor)
            self.ratio("times less processor time, all cores", stock.processor / every.processor)

    def floor(self) -> None:
        n = self.students
        course = self.course("floor", n)
        one = self.runs.get(ONE) or self.ours(ONE, n, "--workers=1")[0]
        every = self.runs.get(ALL) or self.ours(ALL, n)[0]
        for what, how in FLOORS.items():
            command = [sys.executable, __file__, "--floor", str(course.root), "--how", how]
            said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            floor = self.note(Run(what, n, **json.loads(said)))
            self.ratio(f"wall time to that of the {what}, one worker", one.wall / floor.wall)
            self.ratio(f"wall time to that of the {what}, all cores", every.wall / floor.wall, "2")
            if one.processor and floor.processor:
                used = one.processor / floor.processor
                self.ratio(f"processor time to that of the {what}", used)

    def growth(self) -> None:
        counts = [max(1, self.students // 4), self.students, 4 * self.students]
        runs = [self.ours(f"grading, {count} submissions", count)[0] for count in counts]
        small, middle, large = runs
        step = (middle.wall - small.wall) / (counts[1] - counts[0])
        last = (large.wall - middle.wall) / (counts[2] - counts[1])
        print(f"    {step:.3f} and then {last:.3f} s for one more submission")
        self.ratio("growth of the time for one more", last / step, "1")
        self.ratio("growth of memory", large.all_memory / middle.all_memory, "1")
        for what in FLOORS.keys() & self.runs.keys():
            each = self.runs[what].wall / self.runs[what].submissions
            self.ratio(f"one more submission to that of the {what}, all cores", last / each, "2")
            if large.processor and middle.processor:
                used = (large.processor - middle.processor) / (counts[2] - counts[1])
                self.ratio(f"one more submission to that of the {what}, processor", used / each)

    def dask(self) -> None:
        from distributed import LocalCluster

        n = self.students
        runs = []
        for workers in (1, 2):
            with LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                host="127.0.0.1",
                dashboard_address=None,
                silence_logs="ERROR",
            ) as cluster:
                address = f"--scheduler={cluster.scheduler_address}"
                runs.append(self.ours(f"grading, dask, {workers} worker(s)", n, address)[0])
        self.ratio("times faster with two Dask workers", runs[0].wall / runs[1].wall)

    def threads(self) -> None:
        n = self.students
        course = self.course("threads", n)
        command = [sys.executable, __file__, "--threads", str(course.root)]
        threads = self.note(measured("grading by threads", n, command, course.root))
        more = self.ours("grading, one worker more", n, f"--workers={cores() + 1}")[0]
        every = self.ours(f"{ALL}, beside them", n)[0]
        self.ratio("wall time of threads to that of workers", threads.wall / every.wall)
        self.ratio("wall time of one worker more to that of workers", more.wall / every.wall)


def cores() -> int:
    return len(os.sched_getaffinity(0))


def answers(number: int) -> dict[str, str]:
    """The answers of learner `number`: two thirds of them right, one in twenty blank."""
    draw = random.Random(number)
    given = {}
    for name, entry in EXERCISE.bank.items():
        kind = draw.random()
        if kind < 0.65:
            given[name] = draw.choice(entry["right"])
        elif kind < 0.95:
            given[name] = draw.choice(entry["wrong"])[1]
    return given


def measured(what: str, count: int, command: list[str], folder: Path) -> Run:
    """Run a command to its end and look at what it takes. Raises when it fails."""
    counted = folder / "perf.txt"
    if can_count():
        command = ["perf", "stat", "-x,", "-etask-clock", f"-o{counted}", "--", *command]
    env = {**os.environ, "MPLBACKEND": "agg"}
    env.pop("PYTHONDONTWRITEBYTECODE", None)  # or each kernel of nbgrader's compiles its libraries
    log = folder / "log.txt"
    with log.open("wb") as out:
        begun = time.monotonic()
        process = subprocess.Popen(
            command, cwd=folder, env=env, stdout=out, stderr=subprocess.STDOUT
        )
        run = Run(what, count, 0)
        watcher = threading.Thread(target=watch, args=(process.pid, run))
        watcher.start()
        code = process.wait()
        run.wall = time.monotonic() - begun
    watcher.join()
    if code:
        raise SystemExit(f"{what} ended with {code}:\n{log.read_text()[-3000:]}")
    if can_count():
        run.processor = float(counted.read_text().split(",msec")[0].split("\n")[-1]) / 1000
    return run


def can_count() -> bool:
    """Whether perf is there, and may count what our own processes take."""
    if not shutil.which("perf"):
        return False
    tried = ["perf", "stat", "-x,", "-etask-clock", "true"]
    return b",msec" in subprocess.run(tried, capture_output=True).stderr


def watch(pid: int, run: Run) -> None:
    """Note the most memory that a process and its descendants have."""
    with contextlib.suppress(psutil.NoSuchProcess):
        top = psutil.Process(pid)
        while top.is_running() and top.status() != psutil.STATUS_ZOMBIE:
            family = [one for one in [top, *top.children(recursive=True)] if one.name() != "perf"]
            sizes, shares = [], 0
            for one in family:
                with contextlib.suppress(psutil.Error, OSError):
                    sizes.append(one.memory_info().rss / MB)
                    shares += one.memory_full_info().pss / MB
            if sizes:
                run.own_memory = max(run.own_memory, sizes[0])
                run.largest_child = max(run.largest_child, *sizes[1:], 0)
                run.all_memory = max(run.all_memory, shares)
            time.sleep(0.25)


def floor(root: Path, shown: bool) -> None:
    """What `--floor` does: execute all submissions of a course here, and print what that took.

    With `shown` in an IPython shell, which draws the figures as a kernel does, else by `exec`.
    """
    import folium  # noqa: F401
    import matplotlib
    import pandas  # noqa: F401
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.capture import capture_output
    from matplotlib import pyplot

    class Shell(InteractiveShell):
        def enable_gui(self, gui: str | None = None) -> None:
            """There is none."""

    shell = Shell.instance()
    if shown:
        shell.run_line_magic("matplotlib", "inline")
    else:
        matplotlib.use("agg")

    def execute(code: str, names: dict[str, object]) -> None:
        if shown:
            shell.run_cell(code)
        else:
            with contextlib.suppress(Exception):
                exec(compile(code, "<cell>", "exec"), names)

    # A learner's copy has no hidden tests.
    checks = (cell for cell in EXERCISE.cells if role(cell) == "check")
    with_hidden = {grade_id(cell): cell.source for cell in checks}

    def submission(cells: list[nbformat.NotebookNode]) -> None:
        names = {"__name__": "__main__"}
        shell.reset()
        with capture_output():
            for cell in cells:
                if role(cell) in EXECUTE:
                    execute(with_hidden.get(grade_id(cell), cell.source), names)
        pyplot.close("all")

    os.chdir(root / "source" / NAME)
    paths = sorted((root / "submitted").glob(f"*/{NAME}/{NAME}.ipynb"))
    submission(EXERCISE.cells)  # whatever is loaded at first use
    begun, used = time.perf_counter(), time.process_time()
    for path in paths:
        submission(nbformat.read(path, as_version=4).cells)
    spent = {"wall": time.perf_counter() - begun, "processor": time.process_time() - used}
    print(json.dumps(spent))


def grade_by_threads(root: Path) -> None:
    """What `--threads` does: grade all submissions of a course by threads of this process."""
    from nbjudge._batch.batch import autograde
    from nbjudge._judge.grade import modules
    from nbjudge._kernel.forkserver import forkserver_for
    from nbjudge._nbgrader import gradebook

    course = Course(root, None).directory
    sources = gradebook.sources(course, NAME)
    forkserver_for({name for source in sources for name in modules(source)})
    with ThreadPoolExecutor(cores()) as pool:
        autograde(course, NAME, executor=pool)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Without nbgrader's log on the terminal."""
    import logging

    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)


def machine() -> dict[str, object]:
    load, python = os.getloadavg(), platform.python_version()
    print(f"{platform.platform()}, {cores()} cores, Python {python}, load average {load[0]:.2f}")
    if load[0] > 0.5:
        print("Something else runs here: trust the processor times more than the wall times.")
    return {"cores": cores(), "load": load, "python": python}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default=",".join(PARTS), help="parts, with commas between them")
    parser.add_argument("--students", type=int, default=40)
    parser.add_argument("--json", type=Path, help="a file for the figures")
    parser.add_argument("--floor", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--how", help=argparse.SUPPRESS)
    parser.add_argument("--threads", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.floor:
        return floor(options.floor, options.how == "shown")
    if options.threads:
        return grade_by_threads(options.threads)
    parts = options.only.split(",")
    if unknown := set(parts) - set(PARTS):
        parser.error(f"no part is called {', '.join(sorted(unknown))}")
    facts = machine()
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        benchmark = Benchmark(Path(folder), options.students)
        benchmark.warm_up()
        for part in PARTS:
            if part in parts:
                getattr(benchmark, part)()
    if options.json:
        runs = [asdict(run) for run in benchmark.runs.values()]
        record = {"machine": facts, "runs": runs, "ratios": benchmark.ratios}
        options.json.write_text(json.dumps(record, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
