"""course.py: environment, hand-out, and one plain sentence for each trouble."""

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
    shutil.copytree(ROOT / "requirements", tmp_path / "requirements")
    for file in ROOT.glob("packages/*/pyproject.toml"):
        (tmp_path / file.relative_to(ROOT)).parent.mkdir(parents=True)
        shutil.copy(file, tmp_path / file.relative_to(ROOT))
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


def test_a_link_to_a_file_leads_somewhere_in_the_learners_own_folder(course):
    """JupyterLab shows nothing outside of work/, and says nothing when such a link is clicked."""
    for name in ("lessons", "exercises"):
        shutil.copytree(ROOT / name, Path(course.ROOT) / name, dirs_exist_ok=True)
    course.hand_out()
    dead = []
    for page in Path(course.WORK).rglob("*.ipynb"):
        prose = "\n".join("".join(cell["source"]) for cell in read(page)["cells"])
        for target in re.findall(r"(?<!!)\[[^\]]+\]\(([^)\s:]+\.\w+)(?:#[^)]*)?\)", prose):
            if not (page.parent / target).exists():
                dead.append((page.name, target))
    assert dead == []


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
    name = "04_chart_the_trade"
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
    monkeypatch.setattr(course, "make_environment", lambda part: None)
    monkeypatch.setattr(course.subprocess, "call", lambda *a, **k: 1)  # git diff: changes
    with pytest.raises(SystemExit) as error:
        course.release([])
    assert "exercises has changes" in one_sentence(error)


# What is handed out


def outputs(notebook):
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    return [cell for cell in code if cell["outputs"] or cell["execution_count"] is not None]


def test_a_copy_has_no_outputs_and_says_the_same(course, copy):
    original = read(LESSONS[0])
    assert outputs(original) and not outputs(read(copy))
    for notebook in (original, mine := read(copy)):
        for cell in notebook["cells"]:
            cell.pop("outputs", None)
            cell.pop("execution_count", None)
    assert mine == original


def test_copies_of_the_first_edition_stay_where_they_are(course, copy):
    """A lesson that this edition no longer has, touched or not, is the learner's."""
    old = copy.with_name("99_of_the_first_edition.ipynb")
    shutil.copy(copy, old)
    shipped = read(course.SHIPPED)
    shipped["lessons/" + old.name] = course.content(str(old))
    write(course.SHIPPED, shipped)
    before = old.read_bytes()
    course.hand_out()
    assert old.read_bytes() == before


def test_a_copy_with_outputs_of_the_first_edition_counts_as_untouched(course, copy):
    shutil.copy(LESSONS[0], copy)  # handed out with outputs, as the first edition did
    edit(os.path.join(course.ROOT, "lessons", LESSONS[0].name), "a new edition")
    course.hand_out()
    assert read(copy)["cells"][-1]["source"] == "a new edition"


def test_a_torn_record_of_what_was_shipped_overwrites_nothing(course, copy):
    edit(copy, "my own words")
    Path(course.SHIPPED).write_text("{")
    course.hand_out()
    assert read(copy)["cells"][-1]["source"] == "my own words"


def test_the_first_page_is_the_start_page_where_there_is_one(course, copy):
    assert course.first_page() == "lessons/" + LESSONS[0].name
    shutil.copy(copy, copy.with_name("start.ipynb"))
    assert course.first_page() == "lessons/start.ipynb"


# Solutions, for those who learn alone


@pytest.fixture
def exercise(course):
    """The learner's copy of an exercise, handed out with its solution in the course."""
    name = sorted(path.name for path in (ROOT / "exercises").iterdir())[0]
    for folder in ("exercises", "solutions"):
        shutil.copytree(ROOT / folder / name, Path(course.ROOT) / folder / name)
    course.hand_out()
    return Path(course.WORK) / "exercises" / name / f"{name}.ipynb"


def test_no_solution_is_handed_out_unasked(course, exercise):
    assert not (Path(course.WORK) / "solutions").exists()


def test_a_solution_comes_when_the_learner_has_answered(course, exercise, capsys):
    edit(exercise, "my own words")
    course.solutions([exercise.stem[:2]])
    copy = Path(course.WORK) / "solutions" / exercise.stem / exercise.name
    assert not outputs(read(copy))
    assert f"work/solutions/{exercise.stem}" in capsys.readouterr().out
    assert read(exercise)["cells"][-1]["source"] == "my own words"


def test_a_solution_of_an_untouched_exercise_waits(course, exercise):
    with pytest.raises(SystemExit) as error:
        course.solutions([exercise.stem])
    assert "write an answer of your own first" in one_sentence(error)
    assert not (Path(course.WORK) / "solutions").exists()


@pytest.mark.parametrize("asked", [[], ["99"], [""]])
def test_a_solution_without_a_name_says_how_to_ask(course, exercise, asked):
    if asked == [""]:
        shutil.copytree(exercise.parent, Path(course.ROOT) / "solutions" / "99_another")
    with pytest.raises(SystemExit) as error:
        course.solutions(asked)
    assert "Name one exercise" in one_sentence(error)


def test_a_solution_that_the_learner_changed_is_kept(course, exercise):
    edit(exercise, "my own words")
    course.solutions([exercise.stem])
    copy = Path(course.WORK) / "solutions" / exercise.stem / exercise.name
    edit(copy, "my notes")
    course.solutions([exercise.stem])
    assert read(copy)["cells"][-1]["source"] == "my notes"


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


def test_a_python_that_is_too_new_is_told_what_to_do(course, monkeypatch):
    monkeypatch.setattr(course.sys, "version_info", (3, 16, 0, "final", 0))
    with pytest.raises(SystemExit) as error:
        course.check_python()
    assert "made for Python 3.11 to 3.15" in one_sentence(error)


@pytest.mark.parametrize("minor", [11, 12, 13, 14, 15])
def test_the_pythons_in_the_sentence_are_let_in(course, monkeypatch, minor):
    monkeypatch.setattr(course.sys, "version_info", (3, minor, 0, "final", 0))
    assert course.check_python() is None


class Installers:
    """Stands in for venv, pip and uv: notes what is asked for, and fails where told to."""

    def __init__(self, course, monkeypatch, failing=()):
        self.course, self.failing, self.calls = course, failing, []
        monkeypatch.setattr(course.subprocess, "call", self.make_venv)
        monkeypatch.setattr(course, "install", self.install)

    def make_venv(self, command, **options):
        self.calls.append(command)
        venv.create(self.course.VENV, with_pip=False, clear=True)
        return 0

    def install(self, command, report):
        self.calls.append(command)
        return self.name(command) not in self.failing

    def name(self, command):
        return "uv" if "uv" in command[:3] else "get uv" if command[-1] == "uv" else "pip"

    def names(self):
        return [self.name(command) for command in self.calls if "install" in command]


def test_uv_installs_the_learners_part_alone(course, monkeypatch):
    installers = Installers(course, monkeypatch)
    course.make_environment("learn")
    assert installers.names() == ["get uv", "uv"]
    assert installers.calls[-1][-1] == os.path.join("requirements", "learn.txt")
    assert course.parts_made() == ["learn"]


@pytest.mark.parametrize("failing", [["get uv"], ["uv"]])
def test_pip_is_the_way_back_from_uv(course, monkeypatch, failing):
    installers = Installers(course, monkeypatch, failing)
    course.make_environment("learn")
    assert installers.names()[-1] == "pip"
    assert course.parts_made() == ["learn"]


def test_a_part_is_added_to_the_parts_that_are_there(course, monkeypatch):
    installers = Installers(course, monkeypatch)
    course.make_environment("learn")
    installers.calls.clear()
    course.make_environment("test")
    assert not [command for command in installers.calls if "venv" in command]
    assert course.parts_made() == ["learn", "teach", "hub", "test"]
    installers.calls.clear()
    course.make_environment("learn")
    assert installers.calls == []


def test_a_half_made_environment_is_made_again(course, monkeypatch, capsys):
    venv.create(course.VENV, with_pip=False)
    assert course.parts_made() == []
    installers = Installers(course, monkeypatch)
    course.make_environment("learn")
    assert "half made" in capsys.readouterr().out
    assert "--clear" in installers.calls[0]
    assert course.parts_made() == ["learn"]


def test_an_environment_that_could_not_be_filled_stays_half_made(course, monkeypatch):
    Installers(course, monkeypatch, ["get uv", "uv", "pip"])
    with pytest.raises(SystemExit) as error:
        course.make_environment("learn")
    assert "packages could not be installed" in one_sentence(error)
    assert course.parts_made() == []


@pytest.mark.parametrize("torn", ["", "{", "[]", "null"])
def test_a_torn_stamp_is_no_stamp(course, monkeypatch, torn):
    Installers(course, monkeypatch)
    course.make_environment("learn")
    Path(course.STAMP).write_text(torn)
    assert course.parts_made() == []


def test_new_pins_of_a_part_make_that_part_again(course, monkeypatch):
    Installers(course, monkeypatch)
    course.make_environment("test")
    with open(os.path.join(course.ROOT, "requirements", "teach.txt"), "a") as file:
        file.write("six\n")
    assert course.parts_made() == ["learn"]


def test_the_making_is_told_in_few_lines(course, monkeypatch, capsys):
    Installers(course, monkeypatch)
    course.make_environment("learn")
    assert 3 <= len(capsys.readouterr().out.splitlines()) <= 5


def test_an_installer_that_takes_long_says_that_it_is_at_work(course, monkeypatch):
    Path(course.VENV).mkdir()
    clock = iter(range(0, 10_000, 4))
    monkeypatch.setattr(course.time, "time", lambda: next(clock))
    said = []
    sleep = [sys.executable, "-c", "import time; time.sleep(0.5); print('words')"]
    assert course.install(sleep, said.append)
    assert said and said[0].startswith("still at work, after ")
    assert "words" in Path(course.LOG).read_text()
    assert not course.install([sys.executable, "-c", "raise SystemExit(1)"], said.append)


def test_a_lesson_outside_the_course_says_where_to_open_it(tmp_path, lessons):
    setup = next(c.source for c in lessons[-1].code if "datapackage.json" in c.source)
    run = subprocess.run(
        [sys.executable, "-c", setup], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert run.returncode == 1
    last = run.stderr.strip().splitlines()[-1]
    assert last.startswith("AssertionError: Open this notebook from inside the course folder")


# JupyterHub: tests/browser/test_hub.py sets it up for real


@pytest.fixture
def administrator(course, monkeypatch):
    """The course where all accounts can use it, for an administrator who has what is needed."""
    monkeypatch.setattr(course.os, "geteuid", lambda: 0, raising=False)
    monkeypatch.setattr(course, "closed_place", lambda path: None)
    monkeypatch.setattr(course.shutil, "which", lambda name: "/usr/bin/" + name)
    return monkeypatch


def refusal(course, *options):
    with pytest.raises(SystemExit) as error:
        course.hub(list(options))
    return one_sentence(error)


def test_the_hub_asks_for_the_teachers_account(course):
    assert "sudo python3 course.py hub anna" in refusal(course)


def test_the_hub_is_the_administrators(course, administrator):
    administrator.setattr(course.os, "geteuid", lambda: 1000)
    assert "type 'sudo python3 course.py hub anna'" in refusal(course, "anna")


def test_a_teacher_without_an_account_gets_one_first(course, administrator):
    assert "adduser" in refusal(course, "no-such-account")


def test_a_course_that_learners_cannot_enter_is_no_hub(course, administrator):
    administrator.setattr(course, "closed_place", lambda path: "/root")
    assert "cannot enter /root" in refusal(course, "root")


def test_a_hub_without_npm_says_what_brings_it(course, administrator):
    administrator.setattr(course.shutil, "which", lambda name: None)
    assert "apt install nodejs npm" in refusal(course, "root")


@pytest.mark.skipif(os.name == "nt", reason="the hub needs Linux")
def test_a_folder_that_others_cannot_enter_is_found(course, tmp_path):
    inner = tmp_path / "closed" / "inner"
    inner.mkdir(parents=True)
    (tmp_path / "closed").chmod(0o700)
    closed = course.closed_place(str(inner / "file"))
    assert (tmp_path / "closed").is_relative_to(closed)


# The frame


@pytest.mark.parametrize("part", ["learn", "teach", "hub", "test"])
def test_every_pin_is_exact(part):
    for line in (ROOT / "requirements" / f"{part}.txt").read_text().splitlines():
        if line and not line.startswith(("#", "-e", "-r")):
            assert re.fullmatch(r'[\w-]+==[\w.]+(; python_version [<>=]+ "3\.\d+")?', line), line


def test_a_learner_gets_no_tool_of_teachers_and_tests():
    learn = (ROOT / "requirements" / "learn.txt").read_text()
    for name in ("nbgrader", "pytest", "playwright", "ruff", "distributed", "-r "):
        assert name not in learn


def test_one_command_of_pip_makes_everything():
    assert "-r requirements/test.txt" in (ROOT / "requirements.txt").read_text().splitlines()
    for part, before in (("test", "hub"), ("hub", "teach"), ("teach", "learn")):
        lines = (ROOT / "requirements" / f"{part}.txt").read_text().splitlines()
        assert f"-r {before}.txt" in lines


@pytest.mark.parametrize(
    "package", sorted(p.parent.name for p in ROOT.glob("packages/*/pyproject.toml"))
)
def test_types_are_right(package):
    run = subprocess.run(
        [sys.executable, "-m", "mypy"],
        cwd=ROOT / "packages" / package,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr


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
