"""The engine by itself: its wheel, in an environment that has nothing but what it says it needs.

That is nbgrader and a few libraries, and what these need. They are taken from the environment of
the tests, so that nothing is downloaded; nothing else of it can be imported.
"""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from importlib.metadata import Distribution, distribution
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from packaging.requirements import Requirement
from test_equivalence import DOCS

from places import PACKAGE

HERE = Path(sysconfig.get_path("purelib"))
TWO_LINES = "import nbjudge\nc = get_config()\nnbjudge.configure(c)\n"
PROGRAM = "#!{python}\nimport sys\nfrom {it.module} import {it.attr}\nsys.exit({it.attr}())\n"
# What nbgrader's example course gives its two learners, by nbgrader alone.
SCORES = {"bitdiddle": 1.5, "hacker": 3.0}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=PACKAGE, check=True, capture_output=True)
    (made,) = folder.glob("*.whl")
    return made


def needed(name: str, extras: tuple[str, ...] = (), found: dict | None = None) -> dict:
    """The distributions that one needs here, and those that they need."""
    found = {} if found is None else found
    key = (re.sub(r"[-_.]+", "-", name).lower(), extras)
    if key in found:
        return found
    found[key] = one = distribution(name)
    for line in one.requires or ():
        wanted = Requirement(line)
        if any(not wanted.marker or wanted.marker.evaluate({"extra": e}) for e in ("", *extras)):
            needed(wanted.name, tuple(sorted(wanted.extras)), found)
    return found


def put_into(environment: Path, site: Path, one: Distribution) -> None:
    """Have a distribution in another environment: the same files, by another name."""
    parts = {Path(file).parts for file in one.files or ()}
    for top in {part[0] for part in parts if part[0] != ".."}:
        if (HERE / top).is_dir():
            shutil.copytree(HERE / top, site / top, copy_function=same, dirs_exist_ok=True)
        else:
            same(HERE / top, site / top)
    for outside in {Path(*part).as_posix() for part in parts if part[0] == ".."}:
        source = Path(os.path.normpath(HERE / outside))
        inside = source.relative_to(sys.prefix)
        if inside.parts[0] != "bin":
            (environment / inside).parent.mkdir(parents=True, exist_ok=True)
            same(source, environment / inside)
    for program in one.entry_points.select(group="console_scripts"):
        path = environment / "bin" / program.name
        path.write_text(PROGRAM.format(python=environment / "bin/python", it=program))
        path.chmod(0o755)


def same(source, target) -> None:
    """One file by two names, where the system can."""
    try:
        os.link(source, target)
    except FileExistsError:
        pass
    except OSError:
        shutil.copy2(source, target)


@pytest.fixture(scope="module")
def alone(wheel, tmp_path_factory) -> Path:
    """The programs of an environment with the wheel and what it needs."""
    environment = tmp_path_factory.mktemp("alone") / "venv"
    venv.create(environment, symlinks=True, with_pip=False)
    python = environment / "bin" / "python"
    (site,) = environment.glob("lib/python3*/site-packages")
    for (name, _), one in needed("nbjudge").items():
        if name != "nbjudge":
            put_into(environment, site, one)
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--no-index"]
    done = subprocess.run([*pip, "--quiet", str(wheel)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr  # also when a dependency is missing
    return python.parent


def test_the_wheel_has_every_file_of_the_package_and_nothing_else(wheel):
    package = PACKAGE / "src" / "nbjudge"
    files = {path.relative_to(package.parent).as_posix() for path in package.rglob("*.*")}
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert names == {name for name in files if "__pycache__" not in name}
    assert "nbjudge/py.typed" in names


def test_nothing_of_the_tests_own_environment_is_there(alone):
    code = "import importlib.util as u; print([n for n in {!r} if u.find_spec(n)])"
    others = ["pytest", "folium", "matplotlib", "offline_maps", "jupyterhub", "hypothesis"]
    done = subprocess.run(
        [alone / "python", "-c", code.format(others)], capture_output=True, text=True
    )
    assert done.stdout.strip() == "[]", done.stdout + done.stderr


def test_a_foreign_course_is_graded_with_two_lines(alone, tmp_path):
    """nbgrader's example course, from its sources to pages of feedback."""
    course = tmp_path / "course"
    shutil.copytree(DOCS / "source" / "ps1", course / "source" / "ps1")
    shutil.copytree(DOCS / "submitted", course / "submitted")
    (course / "nbgrader_config.py").write_text(TWO_LINES, encoding="utf-8")
    env = {"PATH": f"{alone}:/usr/bin:/bin", "HOME": str(tmp_path), "LANG": "C.UTF-8"}

    def run(*command: str) -> str:
        done = subprocess.run(
            [alone / command[0], *command[1:]], cwd=course, env=env, capture_output=True, text=True
        )
        assert done.returncode == 0, (command, done.stdout + done.stderr)
        return done.stdout + done.stderr

    run("nbgrader", "generate_assignment", "ps1", "--log-level=ERROR")
    run("nbjudge", "autograde", "ps1")
    with Gradebook(f"sqlite:///{course}/gradebook.db") as book:
        found = {one.student.id: one.score for one in book.assignment_submissions("ps1")}
    assert found == SCORES
    run("nbjudge", "feedback", "ps1")
    assert len([*course.glob("feedback/*/ps1/*.html")]) == 4
