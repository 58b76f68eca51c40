"""How long feedback, the report and the export of a class take, beside nbgrader's own pages.

Makes up a class (by default 500) of an exercise of this repository; no code of a learner is run.
Prints wall time, processor time and the most memory of each command. About five minutes:

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
from nbgrader.apps.baseapp import NbGrader

from nbjudge import Check, Result, Status, Submission
from nbjudge._assignment.matching import repair
from nbjudge._assignment.outline import Role, outline
from nbjudge._nbgrader import gradebook

ROOT = Path(__file__).resolve().parents[3]
NAME = "04_chart_the_trade"
STOCK = "--GenerateFeedback.exporter_class=nbconvert.exporters.HTMLExporter"


def main(learners: int) -> None:
    folder = Path(tempfile.mkdtemp(prefix="class-of-many-"))
    try:
        make(folder, learners)
        load = os.getloadavg()[0]
        print(f"{learners} learners of {NAME}; load {load:.1f} on {os.cpu_count()} processors")
        measure(folder, f"nbjudge feedback {NAME}")
        measure(folder, f"nbjudge report {NAME}")
        measure(folder, f"nbgrader generate_feedback {NAME}")
        measure(folder, "nbgrader export")
        measure(folder, f"nbgrader generate_feedback {NAME} {STOCK}")
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
    writer = gradebook.Writer(app.coursedir, NAME, known)
    for number in range(learners):
        folder_of = Path("submitted", f"s{number:04}", NAME)
        folder_of.mkdir(parents=True)
        (folder_of / f"{NAME}.ipynb").write_bytes(given)
        assert Submission.read(folder_of, NAME).notebook
        checks = []
        for place, step in enumerate(cells.steps):
            if step and step.role is Role.CHECK:
                right = (place + number) % 3
                said = "" if right else "The second number divides by the later rate. Look again."
                points = step.points if right else 0.0
                checks.append(Check(step.grade_id, Status.GRADED, points, step.points, said))
            elif step and step.role is Role.ANSWER:
                cells.cells[place].source = f"answer = {number}  # in place of the learner's own"
        text = nbformat.writes(cells.notebook)
        writer.write(f"s{number:04}", {NAME: Result(Status.GRADED, tuple(checks), (), text)})
        writer.close()


def run(folder: Path, command: str) -> None:
    place = str(Path(sys.executable).parent)
    env = {**os.environ, "PATH": os.pathsep.join([place, os.environ["PATH"]])}
    done = subprocess.run(command, shell=True, cwd=folder, env=env, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{command}\n{done.stdout}{done.stderr}")


def measure(folder: Path, command: str) -> None:
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    run(folder, command)
    after, took = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic() - begun
    worked = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    most = after.ru_maxrss / 1024  # of the largest so far
    print(f"{took:6.1f} s, {worked:6.1f} s of a processor, at most {most:4.0f} MB: {command}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 500)
