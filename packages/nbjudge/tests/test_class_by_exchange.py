"""The made-up class of 60 through nbgrader's exchange: what a hub and shared accounts use.

The folders are real, and so are nbgrader's collecting and releasing; no learner's code is run, and
no browser. tests/browser/test_hub.py does the same for three learners, by buttons.
"""

import secrets

import pytest
from nbgrader.exchange.default import ExchangeCollect, ExchangeReleaseFeedback
from nbgrader.utils import notebook_hash
from test_class_of_60 import handed_in as notebook_with

from made_up_class import made_up
from nbjudge import Check, Damage, Result, Status
from nbjudge._assignment.outline import Role, outline
from nbjudge._batch import batch
from nbjudge._feedback.pages import Pages
from nbjudge._nbgrader.gradebook import handed_in
from nbjudge._nbgrader.marks import standings
from pretended import pretend
from small_course import RIGHT, SETTINGS, copy_of, made, sums

WITH_COURSE = SETTINGS + "c.CourseDirectory.course_id = 'shared'\n"


def careful(source, submission, limits):
    """As `pretend`, and for what is no notebook what the judge says of it."""
    try:
        return pretend(source, submission, limits)
    except ValueError:
        checks = [
            Check(s.grade_id, Status.CANNOT, 0.0, s.points, "")
            for s in outline(source).steps
            if s.role is Role.CHECK
        ]
        damage = (Damage("", "the file is not a notebook"),)
        return Result(Status.CANNOT, tuple(checks), damage, source.notebook)


@pytest.fixture
def course(tmp_path):
    return copy_of(made(WITH_COURSE, ps1=sums), tmp_path / "course")


def submit(exchange, pupil):
    """What `nbgrader submit` leaves in the exchange; gives the secret, which the learner keeps."""
    folder = exchange / "shared/inbound" / f"{pupil.email}+ps1+2026-03-11 10:00:00.000000 UTC"
    folder.mkdir(parents=True)
    for name, content in pupil.files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
    secret = secrets.token_hex(64)
    (folder / "timestamp.txt").write_text("2026-03-11 10:00:00.000000 UTC")
    (folder / "submission_secret.txt").write_text(secret)
    return secret


def by_exchange(course, exchange, step, **more):
    directory = course.directory
    directory.assignment_id = "ps1"
    made_of = {"coursedir": directory, "parent": directory.parent, "authenticator": None}
    step(**made_of, root=str(exchange), **more).start()


def test_each_learner_of_60_gets_their_own_page_and_points(course, tmp_path):
    exchange = tmp_path / "exchange"
    (exchange / "shared/feedback").mkdir(parents=True)
    pupils = made_up(notebook_with(course, RIGHT), notebook_with(course, {}))
    kept = {p.email: submit(exchange, p) for p in pupils if p.files}
    with course.book as book:
        for p in pupils:
            book.update_or_create_student(p.email, first_name=p.name, last_name=str(p.place))
    exchange.chmod(0o777)
    by_exchange(course, exchange, ExchangeCollect, check_owner=False)
    assert {*handed_in(course.directory, "ps1")} == kept.keys()

    assert batch.autograde(course.directory, "ps1", work=careful, workers=1).complete
    with course.book as book:
        for p in pupils:
            for name in ("why", "essay") if p.email in kept else ():
                entry = book.find_grade(name, "ps1", "ps1", p.email)
                if entry.needs_manual_grade:
                    entry.manual_score, entry.needs_manual_grade = 0.01 * p.place, False
        book.db.commit()
        found = {one.student: one for one in standings(course.directory, book, "ps1")}
    assert found.keys() == {p.email for p in pupils}
    status = {p.kind: found[p.email].status for p in pupils}
    assert status["right"] == status["renamed"] == status["with data"] == "graded"
    assert status["broken json"] == status["empty"] == "cannot be judged"
    assert {status[kind] for kind in ("missing", "pdf", "zip", "two", "typed")} == {"missing"}
    right = [p for p in pupils if p.kind == "right"]
    assert len(right) > 30
    assert all(found[p.email].points == pytest.approx(3 + 0.01 * p.place) for p in right)

    assert not [trouble for _, trouble in Pages(course.directory, "ps1").write() if trouble]
    by_exchange(course, exchange, ExchangeReleaseFeedback)
    pages = {path.stem: path.read_text() for path in (exchange / "shared/feedback").iterdir()}
    mine = {
        email: notebook_hash(secret=secret, notebook_id="ps1") for email, secret in kept.items()
    }
    assert pages.keys() == {*mine.values()}
    for p in pupils:
        if p.email in mine:
            title = f"<title>Feedback for {p.name} {p.place}: ".replace("'", "&#39;")
            assert title in pages[mine[p.email]]
    for p in right:
        assert f"{3 + 0.01 * p.place:.4g} of 10 points." in pages[mine[p.email]]
