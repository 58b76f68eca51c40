"""What nbgrader without `nbjudge` makes of the hostile submissions, beside what we make of them.

    .venv/bin/python packages/nbjudge/tools/stock_corpus.py

Only cases that stay in their notebook and in nbgrader's memory: no bombs, no signals, no files
outside. Even so nbgrader runs in namespaces of its own, in which there is no network but the
loopback, all of the host is read-only, HOME and /tmp are empty, and no process of the host can be
seen; it looks first whether that is so, and stops if it is not. Needs `unshare`, `mount` and user
namespaces.
"""

import json
import os
import shlex
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from fcntl import ioctl
from pathlib import Path

HERE = Path(__file__).resolve().parent
TESTS = HERE.parent / "tests"
sys.path[:0] = [str(TESTS), str(TESTS / "support"), str(TESTS / "corpus")]

import hostile.case  # noqa: E402
from hostile import CASES, honest, source_with  # noqa: E402

NAME = "03_chart_the_trade"
# Left out: what floods the outputs, as nbgrader has no limit on them.
FLOODS = {"outputs_for_later_cells", "clear_output_flood", "answers_from_a_thread"}
CHOSEN = [
    name
    for name, case in CASES.items()
    if case.source == "trade"
    and name not in FLOODS
    and (
        case.area == "undeserved points"
        or name.startswith(
            ("reads_history", "own_pandas", "data_replaced", "exits_between", "segfaults")
        )
        or name in ("sys_exit", "quit", "asks_for_input", "raises_interrupt", "loop", "sleeps")
        or name in ("loop_in_a_call", "zip_bomb_as_notebook", "deep_notebook", "huge_numbers")
    )
]
# In place of hostile.case.GUARD: the box here is the namespaces that `inside` has proven.
GUARD = """
import os as _os, sys as _sys, socket as _socket
if [name for _, name in _socket.if_nameindex()] != ["lo"] or _os.environ.get("STOCK") != "proven":
    raise RuntimeError("not in the box: nothing was tried")
_say = _sys.stdout.write
def fired(): _say("FIRED\\n")
def found(what): _say(f"FOUND {what}\\n")
"""
SETTINGS = "c = get_config()\nc.Execute.timeout = 5\nc.Execute.iopub_timeout = 2\n"
MOUNTS = """
set -e
mount --make-rprivate /
awk '{print $5}' /proc/self/mountinfo | grep -v '^/proc' | while read -r place; do
    mount -o remount,bind,ro "$place" 2>/dev/null || true
done
mount -t tmpfs tmpfs /tmp
mount -t tmpfs tmpfs /dev/shm
mkdir /tmp/home
export HOME=/tmp/home TMPDIR=/tmp
"""


def main() -> None:
    ours = {}
    if "--stock-only" not in sys.argv:
        ours = by_us()
    here = shlex.join([sys.executable, str(Path(__file__).resolve()), "--inside"])
    box = ["unshare", "-Urnm", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-c"]
    done = subprocess.run(
        [*box, f"{MOUNTS}\nexec {here}"], stdout=subprocess.PIPE, text=True, check=True
    )
    rows = json.loads(done.stdout.splitlines()[-1])
    print(f"{'case':28} {'deserved':>8} {'stock':>8} {'ours':>8}  the learner after it, in stock")
    for name, (score, neighbour) in rows.items():
        after = "full marks" if neighbour == 23 else f"{neighbour} (batch aborted)"
        said = "lost" if score is None else f"{score:g}"
        mine = f"{ours[name]:g}" if name in ours else "-"
        print(f"{name:28} {CASES[name].points:8g} {said:>8} {mine:>8}  {after}")
    gifts = [name for name, (score, _) in rows.items() if (score or 0) > CASES[name].points]
    lost = [name for name, (score, _) in rows.items() if (score or 0) < CASES[name].points]
    hurt = [name for name, (_, neighbour) in rows.items() if neighbour != 23]
    print(
        f"\nstock, {len(rows)} cases: undeserved points in {len(gifts)}, deserved points lost in"
        f" {len(lost)}, another learner hurt by {len(hurt)}"
    )
    wrong = [name for name, score in ours.items() if score != CASES[name].points]
    print(f"ours, {len(ours)} cases: other points than deserved in {len(wrong)}")


def by_us() -> dict[str, float]:
    from nbjudge import Submission, grade
    from nbjudge._assignment.names import modules_of
    from nbjudge._kernel.forkserver import ForkServer

    source = source_with("token")
    with ForkServer(modules_of(source.notebook)) as forkserver, ThreadPoolExecutor(3) as pool:
        graded = {
            name: pool.submit(grade, source, case.make(PLACES), case.limits, forkserver)
            for name, case in ((name, CASES[name]) for name in CHOSEN)
        }
        assert Submission
        return {name: future.result().score for name, future in graded.items()}


PLACES: dict[str, str] = {}


def inside() -> None:
    """In the namespaces: prove them, and run nbgrader once for each case and an honest learner."""
    prove()
    hostile.case.GUARD = GUARD
    import nbformat
    from nbgrader.api import Gradebook
    from nbgrader.converters import Autograde

    from small_course import Course

    source = source_with("token")
    course = Course(Path("/tmp/course"), SETTINGS)
    put(course.root / "source/a1", source.files)
    with open(os.devnull, "w") as quiet:
        shown, told, sys.stdout = os.dup(1), os.dup(2), sys.stderr
        os.dup2(quiet.fileno(), 2)
        course.assign("a1", **{NAME: nbformat.reads(source.notebook, as_version=4)})
        rows = {}
        for number, name in enumerate(CHOSEN):
            submission = CASES[name].make(PLACES)
            pair = [f"{number:03}a", f"{number:03}b"]
            put(course.root / "submitted" / pair[0] / "a1", submission.files)
            put(course.root / "submitted" / pair[0] / "a1", {f"{NAME}.ipynb": submission.notebook})
            put(course.root / "submitted" / pair[1] / "a1", {f"{NAME}.ipynb": honest()})
            directory = course.directory
            directory.assignment_id, directory.student_id = "a1", f"{number:03}[ab]"
            try:
                Autograde(coursedir=directory, parent=directory.parent).start()
            except (Exception, SystemExit) as error:
                os.write(told, f"{name}: {error!r}"[:150].encode() + b"\n")
            with Gradebook(f"sqlite:///{course.root}/gradebook.db") as book:
                rows[name] = [score_of(book, student) for student in pair]
            os.write(told, f"{name}: {rows[name]}\n".encode())
    os.write(shown, json.dumps(rows).encode() + b"\n")


def score_of(book, student: str) -> float | None:
    """The points of the checks, or None where no check has any verdict."""
    found = [one for one in book.assignment_submissions("a1") if one.student.id == student]
    grades = [grade.auto_score for one in found for nb in one.notebooks for grade in nb.grades]
    known = [score for score in grades if score is not None]
    return sum(known) if known else None


def put(folder: Path, files) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def prove() -> None:
    """Stop unless the host cannot be changed, seen or reached from here."""
    assert [name for _, name in socket.if_nameindex()] == ["lo"], "there is a network"
    assert os.getpid() < 10, "the processes of the host are here"
    for place in (HERE, Path(sys.prefix), Path("/"), Path("/var/tmp"), Path("/root")):
        try:
            (place / "stock-canary").touch()
        except OSError:
            continue
        (place / "stock-canary").unlink()
        raise SystemExit(f"{place} can be written: not run")
    assert os.environ["HOME"] == "/tmp/home" and os.listdir("/tmp/home") == []
    os.environ["STOCK"] = "proven"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:  # the kernels' loopback: up
        ioctl(one, 0x8914, b"lo".ljust(16, b"\0") + (0x41).to_bytes(2, "little") + bytes(22))


if __name__ == "__main__":
    inside() if "--inside" in sys.argv else main()
