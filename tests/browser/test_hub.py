"""A class on JupyterHub, from the administrator's command to feedback that a learner reads.

The accounts exist only in a mount namespace of these tests, with /srv, /home and the lists of
accounts of their own: the machine's are never touched. Homes are open to others, as on many
systems, so that what is closed is closed by us.
"""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlencode

import pytest
from lab_page import WAIT, LabPage, press, row_of
from playwright.sync_api import expect

from exercises import Exercise
from notebooks import ROOT

PROXY = ROOT / "hub" / "node_modules" / ".bin" / "configurable-http-proxy"
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root"),
    pytest.mark.skipif(not PROXY.exists(), reason="no proxy: type 'npm ci' in the folder hub"),
]

NAME = "04_chart_the_trade"
EXERCISE = Exercise(ROOT / "solutions" / NAME / f"{NAME}.ipynb")
POINTS = {name: cell.metadata.nbgrader.points for name, cell in EXERCISE.checks.items()}
FULL = sum(POINTS.values())
WRONG = EXERCISE.bank["q4_bug"]["wrong"][0][1]
ACCOUNTS = {"teach": 61001, "ana": 61002, "bo": 61003}
PASSWORD = "for this test alone"
URL = "http://127.0.0.1:8000"
DESK = "/home/teach/reading-the-summit"

# Gives a folder that only root may enter a way through it to one place, for this namespace.
OPEN_WAY = """
open_way() {
    closed=$1; kept=$(mktemp -d); mkdir "$kept/$(basename "$2")"
    mount --bind "$2" "$kept/$(basename "$2")"
    mount -t tmpfs -o mode=755 tmpfs "$closed"; mkdir -p "$2"
    mount --bind "$kept/$(basename "$2")" "$2"
}
"""


def closed_folder(path):
    """The outermost folder on the way to a place that other accounts cannot enter, or None."""
    return next((p for p in reversed(path.parents) if not p.stat().st_mode & 0o001), None)


class World:
    """The machine of a class: its files, and a namespace in which commands run."""

    def __init__(self, folder, enter):
        self.folder, self.enter = folder, enter
        for name in ("srv", "home", "etc"):
            (folder / name).mkdir()
        hashed = subprocess.check_output(
            ["openssl", "passwd", "-6", "-stdin"], input=PASSWORD, text=True
        ).strip()
        lists = {name: Path("/etc", name).read_text() for name in ("passwd", "group", "shadow")}
        for name, number in ACCOUNTS.items():
            home = folder / "home" / name
            home.mkdir(mode=0o755)
            os.chown(home, number, number)
            lists["passwd"] += f"{name}:x:{number}:{number}::/home/{name}:/bin/bash\n"
            lists["group"] += f"{name}:x:{number}:\n"
            lists["shadow"] += f"{name}:{hashed}:20000:0:99999:7:::\n"
        for name, text in lists.items():
            (folder / "etc" / name).write_text(text)
            (folder / "etc" / name).chmod(0o640 if name == "shadow" else 0o644)
        script = OPEN_WAY
        for place in (Path(sys.base_prefix).resolve(), ROOT):
            if closed := closed_folder(place):
                script += f"open_way '{closed}' '{place}'\n"
        for name in lists:
            script += f"mount --bind '{folder}/etc/{name}' /etc/{name}\n"
        for name in ("srv", "home"):
            script += f"mount --bind '{folder}/{name}' /{name}\n"
        script += "cd /srv/reading-the-summit\necho up\ncat\n"
        self.put_course()
        self.holder = subprocess.Popen(
            [*enter, "unshare", "--mount", "--propagation", "private", "sh", "-ec", script],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.holder.stdout.readline() == "up\n"

    def put_course(self):
        """The course as an administrator got it; its environment is the one of these tests."""
        course = self.folder / "srv" / "reading-the-summit"
        course.mkdir()
        for name in ("data", "lessons", "requirements", "teaching", ".jupyter"):
            shutil.copytree(ROOT / name, course / name)
        for name in ("packages", "hub"):
            leave_out = shutil.ignore_patterns("tests", "state", "exchange", "__pycache__")
            shutil.copytree(ROOT / name, course / name, ignore=leave_out, symlinks=True)
        shutil.copytree(ROOT / "solutions" / NAME, course / "solutions" / NAME)
        for name in ("course.py", "nbgrader_config.py", "TEACHING.md"):
            shutil.copy(ROOT / name, course)
        (course / ".venv").symlink_to(ROOT / ".venv")

    def command(self, command, account=None):
        """A command line that runs in the world, as root or as an account."""
        inside = ["nsenter", "-t", str(self.holder.pid), "-m", "--wdns=/srv/reading-the-summit"]
        if account:
            number = str(ACCOUNTS[account])
            inside += ["setpriv", f"--reuid={number}", f"--regid={number}", "--clear-groups"]
            inside += ["env", f"HOME=/home/{account}", f"USER={account}"]
        return [*self.enter, *inside, *command]

    def run(self, *command, account=None):
        return subprocess.run(self.command(command, account), capture_output=True, text=True)

    def end(self):
        self.holder.communicate()


@pytest.fixture(scope="module")
def world(enter, tmp_path_factory):
    if not enter:
        pytest.skip("no network namespace here")
    world = World(tmp_path_factory.mktemp("machine"), enter)
    yield world
    world.end()


@pytest.fixture(scope="module")
def set_up(world):
    """What the administrator's command says."""
    python = str(Path(sys.base_prefix).resolve() / "bin" / "python3")
    # Else the command would make this environment anew, below the tests that run in it.
    ready = "import course; raise SystemExit('hub' not in course.parts_made())"
    assert world.run(python, "-c", ready).returncode == 0, "type: python3 course.py test"
    done = world.run(python, "course.py", "hub", "teach")
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def hub(world, set_up):
    """The hub, started by the command that the administrator was told."""
    command = set_up.split("To start it: ")[1].split()
    log = world.folder / "hub.log"
    with log.open("w") as out:
        server = subprocess.Popen(world.command(command), stdout=out, stderr=out)
    ask = f"import socket; socket.create_connection(('127.0.0.1', {URL.rsplit(':')[-1]}))"
    for _ in range(300):
        if "JupyterHub is now running" in log.read_text() and not subprocess.call(
            world.command([sys.executable, "-c", ask]), stderr=subprocess.DEVNULL
        ):
            break
        if server.poll() is not None:
            break
        time.sleep(0.2)
    else:
        server.kill()
    assert server.poll() is None, log.read_text()[-3000:]
    yield SimpleNamespace(log=log)
    server.terminate()
    server.wait(30)


# Playwright's own requests would not come out of the namespace that Chromium is in.
ASK = """async ([method, address, body]) => {
    const token = document.cookie.match(/(?:^|; )_xsrf=([^;]*)/)[1];
    const kind = body?.startsWith('{') ? 'application/json' : 'application/x-www-form-urlencoded';
    const headers = {'X-XSRFToken': token, 'Content-Type': kind};
    const answer = await fetch(address, {method, headers, body});
    return [answer.status, await answer.text()];
}"""


class Person(LabPage):
    """Somebody in a browser of their own, logged in to the hub."""

    def __init__(self, browser, name, artefacts):
        self.context = browser.new_context(viewport={"width": 1280, "height": 900})
        super().__init__(self.context.new_page())
        self.name, self.artefacts = name, artefacts
        self.page.goto(f"{URL}/hub/login")
        self.page.locator("#username_input").fill(name)
        self.page.locator("#password_input").fill(PASSWORD)
        self.page.locator("#login_submit").click()
        self.page.wait_for_url(f"**/user/{name}/**", timeout=2 * WAIT)

    def picture(self, name):
        self.page.screenshot(path=self.artefacts / f"hub-{self.name}-{name}.png")

    def api(self, method, path, body=None):
        """Ask this person's own server from within its page; a dictionary is sent as a form."""
        if isinstance(body, dict):
            body = urlencode(body)
        status, text = self.page.evaluate(ASK, [method, f"/user/{self.name}/{path}", body])
        assert status < 400, f"{status} {text[:500]}"
        return json.loads(text) if text else None


@pytest.fixture(scope="module")
def enters(hub, browser, artefacts):
    """A function that lets somebody log in."""
    expect.set_options(timeout=WAIT)
    with contextlib.ExitStack() as stack:

        def enters(name):
            person = Person(browser, name, artefacts)
            stack.callback(person.context.close)
            return person

        yield enters


@pytest.fixture(scope="module")
def teacher(enters):
    return enters("teach")


def succeed(person, button):
    """Press a button of Formgrader in the row of the exercise."""
    said = press(person.page, row_of(person.page, NAME), button)
    assert said.startswith("×Success"), said


@pytest.fixture(scope="module")
def released(teacher):
    """The exercise, made and released by the teacher's buttons."""
    assert teacher.page.url == f"{URL}/user/teach/formgrader/manage_assignments"
    row_of(teacher.page, NAME).wait_for()
    teacher.picture("first")
    succeed(teacher, "assign")
    succeed(teacher, "release")


def put(person, notebook):
    """Save a notebook where the learner's copy is, as JupyterLab does."""
    model = {"type": "notebook", "format": "json", "content": notebook}
    person.api("PUT", f"api/contents/exercises/{NAME}/{NAME}.ipynb", json.dumps(model))


def assignment(person, button):
    """Press a button in the list of assignments, and wait until the server has done it."""
    with person.page.expect_response("**/assignments/*") as answer:
        person.page.locator("#nbgrader-assignment-list").get_by_text(button, exact=True).click()
    assert answer.value.json()["success"], answer.value.json()


@pytest.fixture(scope="module")
def ana(enters, released):
    """Does the whole exercise in a browser, has it validated and hands it in."""
    ana = enters("ana")
    expect(ana.page.locator(".jp-NotebookPanel")).to_contain_text("Start here")
    ana.picture("first")
    ana.menu("Nbgrader")
    ana.shown = ana.page.locator(".lm-Menu-itemLabel").all_text_contents()
    ana.page.get_by_role("menuitem", name="Assignment List", exact=True).click()
    assignment(ana, "Fetch")
    put(ana, EXERCISE.handed_in(written="Nearly right."))
    ana.picture("list")
    assignment(ana, "Submit")
    return ana


# Would show, in the teacher's copy of the notebook, that a cell has read the gradebook.
SPY = f"""
try:
    print("READ", len(open("{DESK}/gradebook.db", "rb").read()))
except OSError:
    print("KEPT OUT")
q3 = "A"
"""


@pytest.fixture(scope="module")
def bo(enters, released):
    """Has one answer wrong, looks around in another, and hands in by the server's own addresses."""
    bo = enters("bo")
    which = {"course_id": "reading-the-summit", "assignment_id": NAME}
    assert bo.api("POST", "assignments/fetch", which)["success"]
    put(bo, EXERCISE.handed_in({"q3_chart": SPY, "q4_bug": WRONG}, written="No."))
    assert bo.api("POST", "assignments/submit", which)["success"]
    return bo


@pytest.fixture(scope="module")
def graded(teacher, ana, bo):
    """The gradebook, after the teacher has collected, graded, marked and given feedback."""
    teacher.page.reload()
    succeed(teacher, "collect")
    for learner in ("ana", "bo"):
        teacher.api("POST", f"formgrader/api/submission/{NAME}/{learner}/autograde")
    for one in teacher.api("GET", f"formgrader/api/submitted_notebooks/{NAME}/{NAME}"):
        for grade in teacher.api("GET", f"formgrader/api/grades?submission_id={one['id']}"):
            if grade["needs_manual_grade"]:
                mark = {"manual_score": 3, "extra_credit": 0}
                teacher.api("PUT", f"formgrader/api/grade/{grade['id']}", json.dumps(mark))
    teacher.page.goto(f"{URL}/user/teach/formgrader/manage_assignments")
    succeed(teacher, "generate-feedback")
    succeed(teacher, "release-feedback")
    teacher.picture("done")
    found = teacher.api("GET", f"formgrader/api/submissions/{NAME}")
    return {submission["student"]: submission for submission in found}


def test_the_administrator_is_told_where_the_folder_is_and_how_to_start(set_up):
    assert f"The teacher's folder is {DESK}, closed to others." in set_up
    assert "To start it: /srv/reading-the-summit/.venv/bin/jupyterhub -f " in set_up


def test_a_learner_finds_the_course_and_the_list_of_exercises_alone(ana):
    assert "Assignment List" in ana.shown
    assert not [label for label in ana.shown if "Formgrader" in label or "Course" in label]
    with pytest.raises(AssertionError, match="404"):
        ana.api("GET", "formgrader/api/assignments")


def test_a_learner_validates_before_handing_in(ana):
    ana.page.goto(f"{URL}/user/ana/lab/tree/exercises/{NAME}/{NAME}.ipynb?reset")
    ana.page.get_by_role("button", name="Validate", exact=True).click()
    expect(ana.page.locator(".jp-Dialog")).to_contain_text("Success! Your notebook passes all")
    ana.page.keyboard.press("Escape")


def test_each_learner_gets_the_score_that_is_deserved(graded):
    assert graded["ana"]["autograded"] and graded["bo"]["autograded"]
    assert graded["ana"]["score"] == FULL + 3
    assert graded["bo"]["score"] == FULL + 3 - POINTS["q4_bug_check"]


def test_a_cell_that_looks_around_is_kept_in_the_sandbox(world, graded):
    done = world.run("cat", f"{DESK}/autograded/bo/{NAME}/{NAME}.ipynb")
    assert "KEPT OUT" in done.stdout
    assert "READ 1" not in done.stdout


PLACES = {
    "the teacher's folder": DESK,
    "solutions": "/srv/reading-the-summit/solutions",
    "the hub's secrets": "/srv/reading-the-summit/hub/state",
    "what others handed in": "/srv/reading-the-summit/hub/exchange/reading-the-summit/inbound",
    "feedback for others": "/srv/reading-the-summit/hub/exchange/reading-the-summit/feedback",
    "another learner's work": "/home/ana/reading-the-summit",
    "another learner's copies": "/home/ana/.local/share/jupyter/nbgrader_cache",
}


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_a_learner_cannot_read(world, graded, place):
    assert world.run("ls", place).returncode == 0  # it is there
    done = world.run("ls", place, account="bo")
    assert "Permission denied" in done.stderr
    assert not done.stdout


def test_feedback_opens_in_the_hub(ana, graded):
    ana.page.goto(f"{URL}/user/ana/lab?reset")
    ana.menu("Nbgrader", "Assignment List")
    assignment(ana, "Fetch Feedback")
    folder = f"exercises/{NAME}/feedback"
    (stamp,) = ana.api("GET", f"api/contents/{folder}")["content"]
    ana.page.goto(f"{URL}/user/ana/lab/tree/{stamp['path']}/{NAME}.html")
    page = ana.page.frame_locator("iframe").locator("body")
    expect(page).to_contain_text(f"{FULL + 3:g}")
    ana.picture("feedback")
