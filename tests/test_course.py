"""The two commands: environment, hand-out, and one plain sentence for each trouble."""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from notebooks import LESSONS, ROOT


@pytest.fixture
def course(tmp_path, monkeypatch):
    """course.py at work on a small copy of the course, with no environment made or Lab started."""
    for name in ("course.py", "requirements.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "data", tmp_path / "data")
    (tmp_path / "lessons").mkdir()
    shutil.copy(LESSONS[0], tmp_path / "lessons")
    spec = importlib.util.spec_from_file_location("course", tmp_path / "course.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def copy(course):
    """The learner's copy of the first lesson, as handed out."""
    course.hand_out()
    return Path(course.WORK) / "lessons" / LESSONS[0].name


def read(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def write(path, notebook):
    with open(path, "w", encoding="utf-8") as file:
        json.dump(notebook, file)


def edit(path, text):
    notebook = read(path)
    notebook["cells"][-1]["source"] = text
    write(path, notebook)


# Learners' own work


def test_an_edited_lesson_is_kept_when_the_course_starts_again(course, copy):
    edit(copy, "my own words")
    before = copy.read_bytes()
    assert course.hand_out() == []
    assert copy.read_bytes() == before


def test_an_edited_lesson_is_kept_when_the_course_is_updated(course, copy, capsys):
    edit(copy, "my own words")
    before = copy.read_bytes()
    edit(os.path.join(course.ROOT, "lessons", LESSONS[0].name), "a new edition")
    assert course.hand_out() == []
    assert copy.read_bytes() == before
    assert re.fullmatch(r"Kept your own work/lessons/\S+; [^.]+\S+\.\n", capsys.readouterr().out)


def test_a_lesson_that_was_only_run_is_updated(course, copy):
    notebook = read(copy)
    code = next(cell for cell in notebook["cells"] if cell["cell_type"] == "code")
    code["outputs"], code["execution_count"] = [], 99
    write(copy, notebook)
    edit(os.path.join(course.ROOT, "lessons", LESSONS[0].name), "a new edition")
    assert len(course.hand_out()) == 1
    assert read(copy)["cells"][-1]["source"] == "a new edition"


def test_a_broken_copy_counts_as_the_learners_own(course, copy):
    copy.write_text("{ half a notebook")
    course.hand_out()
    assert copy.read_text() == "{ half a notebook"


def test_a_deleted_copy_comes_back(course, copy):
    os.remove(copy)
    assert len(course.hand_out()) == 1 and os.path.exists(copy)


def test_a_file_of_the_learners_is_never_touched(course, copy):
    own = copy.with_name("notes.txt")
    own.write_text("mine")
    course.hand_out()
    assert own.read_text() == "mine"


def test_a_lost_record_of_what_was_shipped_overwrites_nothing(course, copy):
    edit(copy, "my own words")
    os.remove(course.SHIPPED)
    edit(os.path.join(course.ROOT, "lessons", LESSONS[0].name), "a new edition")
    course.hand_out()
    assert read(copy)["cells"][-1]["source"] == "my own words"


def test_an_edited_exercise_and_its_data_are_kept(course, capsys):
    name = "03_chart_the_trade"
    shutil.copytree(ROOT / "exercises" / name, Path(course.ROOT) / "exercises" / name)
    course.hand_out()
    mine = Path(course.WORK) / "exercises" / name
    edit(mine / f"{name}.ipynb", "my own words")
    (mine / "data" / "trade_annual.csv").write_text("my own table")
    for file in (f"{name}.ipynb", "data/trade_annual.csv"):  # made again, and different
        with open(Path(course.ROOT) / "exercises" / name / file, "a") as shipped:
            shipped.write("\n")
    edit(Path(course.ROOT) / "exercises" / name / f"{name}.ipynb", "a new edition")
    course.hand_out()
    assert read(mine / f"{name}.ipynb")["cells"][-1]["source"] == "my own words"
    assert (mine / "data" / "trade_annual.csv").read_text() == "my own table"
    assert capsys.readouterr().out.count("Kept your own") == 2


def test_release_does_not_write_over_work_that_git_does_not_hold(course, monkeypatch):
    monkeypatch.setattr(course, "make_environment", lambda: None)
    monkeypatch.setattr(course.subprocess, "call", lambda *a, **k: 1)  # git diff: changes
    with pytest.raises(SystemExit) as error:
        course.release([])
    assert "exercises has changes" in one_sentence(error)


# One plain sentence for each trouble


def one_sentence(error):
    message = str(error.value)
    assert message.endswith(".") and "\n" not in message and "Traceback" not in message
    return message


def test_a_missing_data_file_is_named(course):
    os.remove(os.path.join(course.ROOT, "data", "energy.csv"))
    with pytest.raises(SystemExit) as error:
        course.check_data()
    assert "data/energy.csv is missing" in one_sentence(error)


def test_an_altered_data_file_is_named(course):
    with open(os.path.join(course.ROOT, "data", "energy.csv"), "a") as file:
        file.write("2022,crude oil,Russia,quantity,1,million tonnes,confirmed,gacc,gacc,\n")
    with pytest.raises(SystemExit) as error:
        course.check_data()
    assert "data/energy.csv was altered" in one_sentence(error)


def test_a_missing_data_folder_is_named(course):
    shutil.rmtree(os.path.join(course.ROOT, "data"))
    with pytest.raises(SystemExit) as error:
        course.check_data()
    assert "folder data is missing" in one_sentence(error)


def test_the_published_data_pass(course):
    assert course.check_data() is None


def test_an_old_python_is_told_what_to_do(course, monkeypatch):
    monkeypatch.setattr(course.sys, "version_info", (3, 10, 13, "final", 0))
    with pytest.raises(SystemExit) as error:
        course.check_python()
    assert "needs Python 3.11 or newer, and this is Python 3.10" in one_sentence(error)


def test_an_old_python_can_read_the_sentence():
    """No syntax newer than Python 2.7, so that the sentence is printed and no SyntaxError."""
    source = (ROOT / "course.py").read_text()
    assert not re.search(r"\bf['\"]|:=|\bnonlocal\b|\basync\b|->|\bmatch .*:$", source, flags=re.M)
    compile(source, "course.py", "exec", dont_inherit=True)


def test_a_half_made_environment_is_made_again(course, monkeypatch, capsys):
    venv.create(course.VENV, with_pip=False)
    assert not course.environment_is_complete()
    calls = []
    monkeypatch.setattr(course.subprocess, "call", lambda *a, **k: calls.append(a[0]) or 0)
    course.make_environment()
    assert "half made" in capsys.readouterr().out
    assert "--clear" in calls[0] and "requirements.txt" in calls[1]
    assert course.environment_is_complete()


def test_an_environment_that_could_not_be_filled_stays_half_made(course, monkeypatch):
    venv.create(course.VENV, with_pip=False)
    monkeypatch.setattr(course.subprocess, "call", lambda c, **k: int("pip" in c))
    with pytest.raises(SystemExit) as error:
        course.make_environment()
    assert "packages could not be installed" in one_sentence(error)
    assert not course.environment_is_complete()


def test_new_pins_make_the_environment_again(course, monkeypatch):
    venv.create(course.VENV, with_pip=False)
    monkeypatch.setattr(course.subprocess, "call", lambda *a, **k: 0)
    course.make_environment()
    assert course.environment_is_complete()
    with open(os.path.join(course.ROOT, "requirements.txt"), "a") as file:
        file.write("six\n")
    assert not course.environment_is_complete()


def test_a_lesson_outside_the_course_says_where_to_open_it(tmp_path, lessons):
    setup = next(c.source for c in lessons[-1].code if "datapackage.json" in c.source)
    run = subprocess.run(
        [sys.executable, "-c", setup], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert run.returncode == 1
    last = run.stderr.strip().splitlines()[-1]
    assert last.startswith("AssertionError: Open this notebook from inside the course folder")


# The frame


def test_every_pin_is_exact():
    for line in (ROOT / "requirements.txt").read_text().splitlines():
        if line and not line.startswith(("#", "-e")):
            assert re.fullmatch(r"[\w-]+==[\w.]+", line), line


def test_the_environment_is_sound():
    run = subprocess.run(
        [sys.executable, "-m", "pip", "check"], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout


@pytest.mark.parametrize("arguments", [["check"], ["format", "--check"]])
def test_code_is_clean(arguments):
    run = subprocess.run(
        [sys.executable, "-m", "ruff", *arguments, "--quiet", "."],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_the_readme_gives_the_commands_that_exist():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for command in ("python3 course.py start", "python3 course.py test", "py course.py start"):
        assert command in readme
