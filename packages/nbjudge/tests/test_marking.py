"""Marking by question: what the page tells and hides, what it takes, and what it refuses."""

import contextlib
import http.client
import json
import re
import subprocess
import sys
import threading
from dataclasses import replace

import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_markdown_cell
from test_feedback import asked, pretended
from test_pages import ACTS

from nbjudge._batch import batch
from nbjudge._marking.commands import MarkCommand
from nbjudge._marking.desk import Desk, Overtaken
from nbjudge._marking.papers import cells_shown, difference
from nbjudge._marking.server import MarkingServer
from nbjudge._model import Status, overall
from nbjudge._nbgrader.gradebook import CourseError
from nbjudge._nbgrader.marks import ANEW, standings
from small_course import RIGHT, SETTINGS, copy_of, made

WHY, ESSAY = 3, 4  # the places of the two written questions; two checks come before them
YES = "Yes, **as** 1 < 2."


def grade(course, work=pretended):
    assert batch.autograde(course.directory, "ps1", work=work, workers=1).complete


def hand_in(course, learner, essay, why="Because."):
    course.hand_in(learner, "ps1", "ps1", {**RIGHT, "why": why, "essay": essay})


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    course = copy_of(made(SETTINGS, ps1=asked), tmp_path_factory.mktemp("graded") / "course")
    with course.book as book:
        book.update_or_create_student("ana", first_name="Anastasia", last_name="Kimova")
    for learner in ("ana", "bo", "di"):
        hand_in(course, learner, f"{YES} From number {len(learner)}.")
    course.hand_in("cy", "ps1", "ps1", RIGHT)
    (course.root / "submitted/eva/ps1").mkdir(parents=True)
    grade(course)
    return course


@pytest.fixture
def course(graded, tmp_path):
    return copy_of(graded, tmp_path / "course")


@pytest.fixture
def desk(course):
    return Desk(course.directory, "ps1")


def sheet_of(desk, learner, number=ESSAY):
    return next(s for s in desk.sheets(number) if desk.students[s.key] == learner)


def save(desk, learner, number=ESSAY, **given):
    seen = sheet_of(desk, learner, number)
    return desk.save(number, seen.key, seen.version, **given)


def in_book(course, learner, cell="essay"):
    with course.book as book:
        entry = book.find_grade(cell, "ps1", "ps1", learner)
        comment = book.find_comment(cell, "ps1", "ps1", learner)
        return entry.manual_score, entry.needs_manual_grade, comment.manual_comment


# What there is


def test_questions_rubric_and_states(desk):
    found = {number: (q.title, counts) for number, q, counts in desk.questions()}
    assert found == {
        WHY: ("Question 1. Add two numbers", {"waits": 3, "blank": 1}),
        ESSAY: ("Question 2. Write more", {"waits": 3, "blank": 1}),
    }
    essay, why = desk.question(ESSAY), desk.question(WHY)
    assert "<table>" in essay.asked and "forty-two" not in essay.asked
    assert "forty-two" in essay.scheme and "MARK SCHEME" not in essay.scheme
    assert "essay of ps1.ipynb" in essay.found
    assert "Say why." in why.scheme and essay.max_points == 4
    states = {desk.students[s.key]: s.state for s in desk.sheets(ESSAY)}
    assert states == {"ana": "waits", "bo": "waits", "di": "waits", "cy": "blank"}


def test_the_order_is_mixed_and_the_same_at_each_opening(course):
    for number in range(9):
        hand_in(course, f"s{number}", YES)
    grade(course)
    (course.root / ".grading").mkdir(mode=0o700, exist_ok=True)
    (course.root / ".grading/marking.key").write_text("of the test")

    def order(number):
        desk = Desk(course.directory, "ps1")
        return [desk.students[sheet.key] for sheet in desk.sheets(number)]

    first = order(ESSAY)
    assert first == order(ESSAY) != sorted(first)
    assert sorted(first) == sorted(order(WHY)) and first != order(WHY)


def test_handed_in_anew_shows_the_old_mark_and_what_has_changed(course, desk):
    save(desk, "ana", points=3)
    save(desk, "bo", points=2)
    hand_in(course, "ana", "Yes, **as** 1 < 3. From number 3.")
    hand_in(course, "bo", f"{YES} From number 2.", why="For nothing.")  # the essay is the same
    grade(course)
    ana, bo = sheet_of(desk, "ana"), sheet_of(desk, "bo")
    assert (ana.state, ana.entry.before, ana.points) == ("handed in anew", 3, None)
    assert (bo.state, bo.points, bo.changes) == ("marked", 2, None)
    told = BeautifulSoup(ana.changes, "html.parser")
    assert told.find("del").text == "[taken out: 2.] " and told.find("ins").text == "[put in: 3.] "
    hand_in(course, "ana", "Yes, **as** 1 < 4. From number 3.")  # and again, before it was marked
    grade(course)
    told = BeautifulSoup(sheet_of(desk, "ana").changes, "html.parser")  # from the text of the mark
    assert "2." in told.find("del").text and "4." in told.find("ins").text
    save(desk, "ana", points=3)  # the same again: it is of this text now
    assert in_book(course, "ana") == (3, False, None)
    with course.book as book:
        assert book.find_comment("essay", "ps1", "ps1", "ana").auto_comment != ANEW
    hand_in(course, "ana", "No.")
    grade(course)
    changes = BeautifulSoup(sheet_of(desk, "ana").changes, "html.parser")
    assert "4." in " ".join(one.text for one in changes.find_all("del"))


def without_judgement(source, submission, limits):
    """As `pretended`, but one check cannot be judged."""
    found = pretended(source, submission, limits)
    checks = tuple(
        replace(c, status=Status.CANNOT, score=0.0, message="It asks for a file.")
        if c.name == "total_check"
        else c
        for c in found.checks
    )
    return replace(found, checks=checks, status=overall(checks))


def test_a_check_that_could_not_judge_is_marked_here_too(course):
    grade(course, without_judgement)
    hand_in(course, "fay", YES)
    grade(course, without_judgement)
    desk = Desk(course.directory, "ps1")
    (number, question), *_ = [(n, q) for n, q, _ in desk.questions() if q.cell == "total_check"]
    assert "assert total == sum(numbers)" in question.scheme
    fay = sheet_of(desk, "fay", number)
    assert "total = 6" in fay.paper.shown and fay.paper.trouble == "It asks for a file."
    save(desk, "fay", number, points=1)
    with course.book as book:
        entry = book.find_grade("total_check", "ps1", "ps1", "fay")
        assert (entry.manual_score, entry.needs_manual_grade) == (1, False)


@pytest.mark.parametrize("text", ACTS)
def test_what_a_learner_writes_cannot_act(text):
    shown = BeautifulSoup(cells_shown([new_markdown_cell(text)]), "html.parser")
    compared = BeautifulSoup(difference("Yes.", text), "html.parser")
    for tag in [*shown.find_all(True), *compared.find_all(True)]:
        assert tag.name not in ("script", "iframe", "a", "style", "form", "link", "object")
        assert tag.attrs.keys() <= {"class", "alt"} or tag["src"].startswith("data:image/")


def test_text_in_the_wrong_place_is_shown(course, desk):
    hand_in(course, "ana", YES)
    path = course.root / "submitted/ana/ps1/ps1.ipynb"
    content = json.loads(path.read_text())
    names = [cell["metadata"].get("nbgrader", {}).get("grade_id") for cell in content["cells"]]
    lost = {**new_markdown_cell("On top, by mistake."), "id": "top"}
    content["cells"].insert(names.index("data") + 1, lost)
    path.write_text(json.dumps(content))
    grade(course)
    assert "by mistake" in sheet_of(desk, "ana").paper.astray


# One mark


def test_a_mark_and_a_comment_are_in_the_gradebook_at_once(course, desk):
    told = save(desk, "ana", points=2.5)
    assert (told["state"], told["points"]) == ("marked", 2.5)
    assert in_book(course, "ana") == (2.5, False, None)
    save(desk, "ana", comment=" Name the source.\x00\n")
    assert in_book(course, "ana") == (2.5, False, "Name the source.")
    save(desk, "bo", comment="Why?")
    assert in_book(course, "bo") == (None, True, "Why?")  # a comment is no mark
    with course.book as book:
        found = {one.student: one for one in standings(course.directory, book, "ps1")}
    assert found["ana"].comments["ps1", "essay"] == "Name the source."
    assert [m.typed for m in found["ana"].marks if m.cell == "essay"] == [True]


def test_undo_brings_back_what_was(course, desk):
    first = save(desk, "ana", points=2)
    second = save(desk, "ana", points=3, comment="Good.")
    assert desk.undo(second["undo"])["points"] == 2
    assert in_book(course, "ana") == (2, False, None)
    assert desk.undo(first["undo"])["state"] == "waits"
    assert in_book(course, "ana") == (None, True, None)
    third = save(desk, "cy", points=1)
    assert desk.undo(third["undo"])["state"] == "blank"
    fourth = save(desk, "bo", points=1)
    save(desk, "bo", points=4)
    with pytest.raises(Overtaken):
        desk.undo(fourth["undo"])
    assert in_book(course, "bo")[0] == 4


def test_two_windows_do_not_overwrite_one_another(course, desk):
    other = Desk(course.directory, "ps1")
    seen = sheet_of(other, "ana")
    save(desk, "ana", points=4, comment="From here.")
    with pytest.raises(Overtaken) as refused:
        other.save(ESSAY, seen.key, seen.version, points=1)
    assert refused.value.now["points"] == 4 and not refused.value.now["text_changed"]
    assert in_book(course, "ana") == (4, False, "From here.")
    other.save(ESSAY, seen.key, refused.value.now["version"], points=1)  # knowing it
    assert in_book(course, "ana")[0] == 1


def test_a_mark_is_never_of_a_text_that_was_not_seen(course, desk):
    seen = sheet_of(desk, "ana")
    hand_in(course, "ana", "Another text.")
    grade(course)
    with pytest.raises(Overtaken) as refused:
        desk.save(ESSAY, seen.key, seen.version, points=1)
    assert refused.value.now["text_changed"] and in_book(course, "ana")[0] is None


def test_pages_that_were_there_are_made_anew_and_the_end_says_what_is_left(course, desk, capsys):
    page = course.root / "feedback/ana/ps1/ps1.html"
    page.parent.mkdir(parents=True)
    page.write_text("an older mark")
    save(desk, "ana", points=4, comment="Well put.")
    save(desk, "bo", points=4)
    command = MarkCommand()
    command.coursedir = course.directory
    command.finish(desk)
    said = capsys.readouterr().out
    assert "Well put." in page.read_text() and not (course.root / "feedback/bo").exists()
    assert "marks or comments have changed: 2. All" in said and "made anew: 1." in said
    assert "nbjudge mark ps1" in said  # `why` still waits


def test_a_question_that_is_none_gets_the_names_of_those_there_are(desk):
    assert desk.number_of("essay") == ESSAY
    with pytest.raises(CourseError, match=r"no question 'essey' .* why, essay"):
        desk.number_of("essey")


# The page and what it is asked


@contextlib.contextmanager
def serving(desk):
    server = MarkingServer(desk)
    loop = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    loop.start()
    try:
        yield server
    finally:
        server.shutdown()
        loop.join()
        server.server_close()


@pytest.fixture
def server(desk):
    with serving(desk) as server:
        yield server


@pytest.fixture(scope="module")
def still(graded):
    """A server for tests that change nothing, as they see for themselves."""
    with serving(Desk(graded.directory, "ps1")) as server:
        yield server


def ask(server, method, place, body=None, **headers):
    """Status, text and headers of an answer; a header of None is not sent."""
    ours = f"127.0.0.1:{server.server_port}"
    sent = {"Host": ours}
    if method == "POST":
        sent |= {"Origin": f"http://{ours}", "Content-Type": "application/json"}
        sent["Authorization"] = f"token {server.token}"
    sent = {name: value for name, value in {**sent, **headers}.items() if value is not None}
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)
    text = body if isinstance(body, str) or body is None else json.dumps(body)
    try:
        connection.request(method, place, text, sent)
        reply = connection.getresponse()
        return reply.status, reply.read().decode(), reply.headers
    finally:
        connection.close()


def page_of_essay(server):
    status, text, headers = ask(server, "GET", f"/{ESSAY}?token={server.token}")
    assert status == 200
    return text, headers


def body_of(server, learner, **given):
    seen = sheet_of(server.desk, learner)
    return {"question": ESSAY, "answer": seen.key, "seen": seen.version, **given}


def test_the_page_has_every_answer_and_no_name(still):
    server = still
    text, headers = page_of_essay(server)
    page = BeautifulSoup(text, "html.parser")
    assert len(page.find_all("article")) == 4
    assert not re.search(r"anastasia|kimova|\b(ana|bo|cy|di|eva)\b", text, re.IGNORECASE)
    assert "forty-two" in text and "Handed in" not in page.main.text
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    assert len(page.find_all("script")) == 1 and not page.find("script").get("src")
    assert page.find("script")["nonce"] in policy
    assert not page.find_all(style=True) and not re.search(r'\bon\w+="', text)
    assert headers["Cache-Control"] == "no-store" and headers["Referrer-Policy"] == "no-referrer"
    listed = ask(server, "GET", f"/?token={server.token}")[1]
    assert f'href="{ESSAY}?token={server.token}"' in listed


def test_the_page_says_who_is_not_graded_yet(course, server):
    assert "not graded yet" not in page_of_essay(server)[0]
    hand_in(course, "fay", YES)
    assert "1 handed in and is not graded yet, so not on this page" in page_of_essay(server)[0]


@pytest.mark.parametrize(
    ("method", "place", "headers"),
    [
        ("GET", f"/{ESSAY}", {}),
        ("GET", f"/{ESSAY}?token=wrong", {}),
        ("GET", f"/{ESSAY}?token=TOKEN", {"Host": "evil.example"}),
        ("GET", f"/{ESSAY}?token=TOKEN", {"Host": "127.0.0.1:1"}),
        ("GET", f"/{ESSAY}?token=TOKEN", {"Origin": "http://evil.example"}),
        ("POST", "/mark", {"Authorization": None}),
        ("POST", "/mark", {"Authorization": "token é"}),
        ("POST", "/mark?token=TOKEN", {"Authorization": None}),
        ("POST", "/mark", {"Origin": "http://evil.example"}),
        ("POST", "/mark", {"Origin": "null"}),
        ("POST", "/mark", {"Origin": None}),
        ("POST", "/mark", {"Host": "evil.example"}),
        ("POST", "/end", {"Authorization": None}),
    ],
)
def test_strangers_see_and_change_nothing(graded, still, method, place, headers):
    body = body_of(still, "ana", points=1) if method == "POST" else None
    place = place.replace("TOKEN", still.token)
    status, text, _ = ask(still, method, place, body, **headers)
    assert status == 403 and "article" not in text and still.token not in text
    assert in_book(graded, "ana") == (None, True, None)


def test_a_mark_by_the_page(course, server):
    status, text, _ = ask(server, "POST", "/mark", body_of(server, "ana", points=3))
    told = json.loads(text)
    assert (status, told["points"], told["state"]) == (200, 3, "marked")
    assert in_book(course, "ana")[0] == 3
    assert ask(server, "POST", "/undo", {"undo": told["undo"]})[0] == 200
    assert in_book(course, "ana")[0] is None
    stale = body_of(server, "bo", points=3)
    ask(server, "POST", "/mark", body_of(server, "bo", points=1))
    status, text, _ = ask(server, "POST", "/mark", stale)
    assert status == 409 and json.loads(text)["now"]["points"] == 1


@pytest.mark.parametrize(
    ("change", "status", "says"),
    [
        ({"points": 4.5}, 400, "from 0 to 4"),
        ({"points": -1}, 400, "from 0 to 4"),
        ({"points": float("nan")}, 400, "from 0 to 4"),
        ({"points": True}, 400, "from 0 to 4"),
        ({"points": None}, 400, "from 0 to 4"),
        ({"points": "4"}, 400, "from 0 to 4"),
        ({"comment": 7}, 400, "A comment"),
        ({"comment": "a" * 10_001}, 400, "A comment"),
        ({"comment": "a" * 200_000}, 413, "too much"),
        ({}, 400, "no mark"),
        ({"points": 1, "answer": "0" * 16}, 404, "no such answer"),
        ({"points": 1, "answer": "ana"}, 404, "no such answer"),
        ({"points": 1, "question": 99}, 404, "no such question"),
        ({"points": 1, "question": WHY}, 404, "no such answer"),  # the key of another question
        ({"points": 1, "seen": None}, 400, "no mark"),
    ],
)
def test_what_cannot_be_a_mark_is_refused_in_a_sentence(graded, still, change, status, says):
    got, text, _ = ask(still, "POST", "/mark", {**body_of(still, "ana"), **change})
    assert got == status and says in json.loads(text)["error"]
    assert in_book(graded, "ana") == (None, True, None)


@pytest.mark.parametrize("body", ["", "[]", "no", "[" * 90_000])
def test_what_is_no_question_is_refused(still, body):
    server = still
    assert ask(server, "POST", "/mark", body)[0] == 400
    assert ask(server, "POST", "/mark", "{}", **{"Content-Type": "text/plain"})[0] == 415
    assert ask(server, "POST", "/other", "{}")[0] == 404
    assert ask(server, "GET", f"/99?token={server.token}")[0] == 404
    assert ask(server, "GET", f"/../x?token={server.token}")[0] == 404


HOLD = """
import fcntl, sys
file = open(sys.argv[1], "w")
fcntl.lockf(file, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


def test_while_another_run_holds_the_course_a_mark_is_asked_for_again(course, server):
    lock = course.root / ".grading/lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, lock], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        holder.stdout.readline()
        status, text, _ = ask(server, "POST", "/mark", body_of(server, "ana", points=1))
        assert status == 423 and "Another run" in json.loads(text)["error"]
        holder.stdin.close()
    assert ask(server, "POST", "/mark", body_of(server, "ana", points=1))[0] == 200


def test_the_button_ends_it(desk):
    server = MarkingServer(desk)
    loop = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    loop.start()
    assert ask(server, "POST", "/end", {})[0] == 200
    loop.join(10)
    server.server_close()
    assert not loop.is_alive()


def test_only_this_machine_is_served(still):
    assert still.server_address[0] == "127.0.0.1"
    assert still.address(ESSAY).startswith(f"http://127.0.0.1:{still.server_port}/{ESSAY}?token=")
