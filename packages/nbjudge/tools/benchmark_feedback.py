"""How long feedback, the report, return and the export of a class take, beside nbgrader's pages.

Makes up a class (by default 500) of an exercise of this repository; no code of a learner is run.
Prints wall time, processor time and the most memory of each command, and at the end what our
commands took as parts of nbgrader's own. About five minutes for 500:

    .venv/bin/python packages/nbjudge/tools/benchmark_feedback.py [LEARNERS]
"""

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat
from nbformat.v4 import new_output
from nbgrader.apps.baseapp import NbGrader

from nbjudge import Check, Limits, Result, Status
from nbjudge._assignment.matching import repair
from nbjudge._assignment.outline import Role, outline
from nbjudge._nbgrader import gradebook

ROOT = Path(__file__).resolve().parents[3]
NAME = "04_chart_the_trade"
STOCK = "--GenerateFeedback.exporter_class=nbconvert.exporters.HTMLExporter"


def main(learners: int) -> None:
    folder = Path(tempfile.mkdtemp(prefix="class-"))
    try:
        make(folder, learners)
        load = os.getloadavg()[0]
        print(f"{learners} learners of {NAME}; load {load:.1f} on {os.cpu_count()} processors")
        stock = measure(folder, f"nbgrader generate_feedback {NAME} {STOCK}")
        measure(folder, f"nbgrader generate_feedback {NAME}")
        shutil.rmtree(folder / "feedback")
        ours = measure(folder, f"nbjudge feedback {NAME}")
        again = measure(folder, f"nbjudge feedback {NAME}")
        report = measure(folder, f"nbjudge report {NAME}")
        back = measure(folder, f"nbjudge return {NAME}")
        measure(folder, "nbgrader export")
        print("Processor time, as parts of that of nbgrader's own pages:")
        for what, worked in (
            ("feedback", ours),
            ("feedback that is there", again),
            ("report", report),
            ("return", back),
        ):
            print(f"{worked / stock:6.2f}  {what}")
    finally:
        shutil.rmtree(folder)


def make(folder: Path, learners: int) -> None:
    """A course whose gradebook holds this many graded submissions, every third answer wrong."""
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    for table in ("data/misconceptions.csv", "teaching/where_to_look.csv"):
        (folder / table).parent.mkdir()
        shutil.copy(ROOT / table, folder / table)
    shutil.copytree(ROOT / "solutions" / NAME, folder / "solutions" / NAME)
    run(folder, f"nbgrader generate_assignment {NAME} --force")
    os.chdir(folder)
    app = NbGrader()
    app.initialize([])
    known = gradebook.sources(app.coursedir, NAME)
    plan = outline(known[0])
    given = Path("exercises", NAME, f"{NAME}.ipynb").read_bytes()
    cells = repair(plan, given)
    writer = gradebook.Writer(app.coursedir, NAME, known, Limits())
    ids = [f"s{number:04}" for number in range(learners)]
    Path("mail").mkdir()
    for student in ids:
        Path("mail", f"{student}.ipynb").write_bytes(given)
    Path("roster.csv").write_text("\n".join(["id,grade", *(f"{one}," for one in ids)]) + "\n")
    run(folder, f"nbjudge collect {NAME} mail roster.csv")
    for number in range(learners):
        checks = []
        for place, step in enumerate(cells.steps):
            if step and step.role is Role.CHECK:
                right = (place + number) % 3
                said = "" if right else "The second number divides by the later rate. Look again."
                points = step.points if right else 0.0
                checks.append(Check(step.grade_id, Status.GRADED, points, step.points, said))
                error = new_output("error", ename="AssertionError", evalue=said)
                cells.cells[place].outputs = [] if right else [error]
            elif step and step.role is Role.ANSWER:
                cells.cells[place].source = f"answer = {number}  # in place of the learner's own"
        text = nbformat.writes(cells.notebook)
        writer.write(f"s{number:04}", {NAME: Result(Status.GRADED, tuple(checks), (), text)})
        writer.close()


def run(folder: Path, command: str) -> resource.struct_rusage:
    """What a command took. Exits with what it said where it failed."""
    place = str(Path(sys.executable).parent)
    env = {**os.environ, "PATH": os.pathsep.join([place, os.environ["PATH"]])}
    with tempfile.TemporaryFile("w+") as said:
        started = subprocess.Popen(command.split(), cwd=folder, env=env, stdout=said, stderr=said)
        _, status, took = os.wait4(started.pid, 0)
        started.returncode = os.waitstatus_to_exitcode(status)
        if started.returncode:
            said.seek(0)
            raise SystemExit(f"{command}\n{said.read()[-3000:]}")
    return took


def measure(folder: Path, command: str) -> float:
    """Print what a command took; gives its seconds of a processor."""
    begun = time.monotonic()
    took = run(folder, command)
    seconds, worked = time.monotonic() - begun, took.ru_utime + took.ru_stime
    most = took.ru_maxrss / 1024
    print(f"{seconds:6.1f} s, {worked:6.1f} s of a processor, at most {most:4.0f} MB: {command}")
    return worked


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 500)
