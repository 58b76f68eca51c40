"""The classes that `configure` names in nbgrader's settings."""

import csv
import html
from collections.abc import Iterable, Mapping
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_notebook
from nbgrader.api import Assignment, Gradebook
from nbgrader.coursedir import CourseDirectory
from nbgrader.plugins import ExportPlugin
from nbgrader.preprocessors import Execute, NbGraderPreprocessor
from traitlets import Bool, Dict, Float, TraitError, validate

from nbjudge._files import printable, read_files
from nbjudge._model import (
    RESULT_SUFFIX,
    Limits,
    Result,
    Source,
    Status,
    Submission,
)
from nbjudge._nbgrader.gradebook import (
    CourseError,
    folder_of,
    handed_in,
    kept_file,
    leave_out_unsupported_files,
    lock,
    opened,
    sources,
)
from nbjudge._nbgrader.marks import (
    NOT_GRADED,
    Standing,
    answers_in,
    read_kept,
    results_in,
    settle,
    standings,
    write_kept,
)

Resources = dict[str, Any]
Both = tuple[NotebookNode, Resources]
# Seconds that nbgrader's command waits for another run. Formgrader's button has all of the
# teacher's Jupyter wait for it, also a terminal in which that run goes on.
LONGEST_WAIT = 10.0


class SubmissionExporter(NotebookExporter):
    """Stands between Autograde and the files: no submission is too broken to be read.

    Grade reads a submission itself, as bytes; what this hands on in its place is empty.
    """

    def __init__(self, config: Any = None, **kw: Any) -> None:
        super().__init__(config=config, **kw)
        autograde: Any = self.parent
        hook = autograde.pre_convert_hook

        def expect(assignment: str, student: str, notebooks: list[str]) -> None:
            if hook:
                hook(assignment=assignment, student=student, notebooks=notebooks)
            expected(autograde.coursedir, notebooks, Grade(parent=autograde).all_limits)

        autograde.pre_convert_hook = expect

    def from_filename(self, filename: str, resources: Resources | None = None, **kw: Any) -> Any:
        assert resources and self.parent
        about = resources["nbgrader"]
        course = self.parent.coursedir
        graded = folder_of(course, "autograded", about["student"], about["assignment"])
        if Path(filename).parent == graded:
            # The rows of the gradebook are read and written in here, and a mark must not come
            # between: it would stand, as if given to a text that its marker never saw.
            with lock(course, self.log.warning, LONGEST_WAIT):
                return super().from_filename(filename, resources, **kw)
        return self.from_notebook_node(new_notebook(), resources, **kw)


def expected(course: CourseDirectory, notebooks: list[str], limits: Limits) -> None:
    """Put in place of the notebooks that nbgrader found those that the assignment has.

    So one under another name is graded, and one that is missing has its 0 with a reason. The
    list is nbgrader's own, which is why it is changed in place.
    """
    folder = Path(notebooks[0]).parent
    leave_out_unsupported_files(course, folder, limits)
    with opened(course) as book:
        names = [notebook.name for notebook in book.find_assignment(folder.name).notebooks]
    notebooks[:] = [
        str(folder / f"{name}.ipynb") for name in sorted(names) if fnmatch(name, course.notebook_id)
    ]


class Grade(NbGraderPreprocessor):
    """The first step of Autograde: put the executed and judged notebook in place of the empty one.

    Beside the autograded notebook it leaves NAME.grading.json: the result as data.
    """

    limits = Dict(
        value_trait=Float(),
        help=f"What one notebook may use, by name. {Limits.help()}",
    ).tag(config=True)

    unsafe = Bool(
        False,
        help="Grade even where no sandbox can be had. A learner's code can then do all you can.",
    ).tag(config=True)

    trial = Bool(
        True,
        help="First grade the author's solution and the untouched release, once for each version "
        "of a source. Where the solution fails a check, or the release passes it, no 0 and no "
        "point is given by it: the check then cannot be judged.",
    ).tag(config=True)

    @validate("limits")
    def _known_limits(self, proposal: Any) -> dict[str, float]:
        if unknown := set(proposal["value"]) - set(Limits.__dataclass_fields__):
            raise TraitError(f"Grade.limits has no {', '.join(sorted(unknown))}")
        return proposal["value"]

    @property
    def all_limits(self) -> Limits:
        """The limits as grading takes them: sizes and counts are whole numbers.

        nbgrader's own time for a cell counts where `limits` names none.
        """
        named = Execute(config=self.config)  # what is typed on the command line is still text
        if not named.enabled:
            raise CourseError(
                "nbjudge counts only what it has run itself: it cannot grade with --no-execute."
            )
        limits = dict(self.limits)
        seconds = named.timeout if "timeout" in self.config.Execute else None
        if seconds and seconds > 0:
            limits.setdefault("cell_seconds", seconds)
            limits.setdefault("check_seconds", seconds)
            limits.setdefault("notebook_seconds", max(Limits.notebook_seconds, 10 * seconds))
        return Limits(**{k: Limits.__annotations__[k](v) for k, v in limits.items()})

    def preprocess(self, nb: NotebookNode, resources: Resources) -> Both:
        about = resources["nbgrader"]
        name = about["notebook"]
        result = self.grade(about)
        for damage in result.damage:
            self.log.info("%s: %s", f"{name} {damage.cell}".strip(), damage.what)
        if result.status is not Status.GRADED:
            self.log.warning("%s of %s: %s", name, about["student"], result.status)
        outputs = resources.get("outputs") or {}
        outputs[f"{name}{RESULT_SUFFIX}"] = result.to_json(notebook=False).encode()
        resources["outputs"] = outputs
        return nbformat.reads(result.notebook, as_version=4), resources

    def grade(self, about: Mapping[str, str]) -> Result:
        # These need zmq and nbclient, which settings do not.
        from nbjudge._judge.grade import grade
        from nbjudge._judge.trial import Trial
        from nbjudge._nbgrader.trials import sentence, trial_of

        limits = self.all_limits
        course = self.parent.parent.coursedir
        known = sources(course, about["assignment"])
        source = next(one for one in known if one.name == about["notebook"])
        folder = folder_of(course, "submitted", about["student"], about["assignment"])
        submission = hand_in(folder, source, known, limits)
        forkserver = announced_forkserver([source], self)

        def run(given: Iterable[Submission]) -> list[Result]:
            return [grade(source, one, limits, forkserver) for one in given]

        trial = Trial()
        if self.trial:
            trial = trial_of(course, source, limits, run)
            for complaint in trial.complaints():
                if (said := sentence(source, complaint)) not in _announced:
                    _announced.add(said)
                    self.log.warning(said)
        return trial.apply(run([submission])[0])


class AskForMarks(NbGraderPreprocessor):
    """After SaveAutoGrades: what waits for a person's mark."""

    def preprocess(self, nb: NotebookNode, resources: Resources) -> Both:
        about = resources["nbgrader"]
        name, assignment, student = about["notebook"], about["assignment"], about["student"]
        course = self.parent.parent.coursedir
        source = next(one for one in sources(course, assignment) if one.name == name)
        answers = answers_in(source, nb)
        path = kept_file(course, assignment, student, name)
        result = results_in(folder_of(course, "autograded", student, assignment))[name]
        with opened(course) as book:
            row = book.find_submission_notebook(name, assignment, student)
            tasks = {cell.id: cell.name for cell in row.notebook.task_cells}
            kept = settle(row, tasks, answers, result, read_kept(path))
            book.db.commit()
        write_kept(path, kept)
        return nb, resources


def hand_in(folder: Path, source: Source, known: Iterable[Source], limits: Limits) -> Submission:
    """What the learner handed in for this notebook of the assignment's notebooks `known`."""
    found = Submission.read(folder, source.name, limits.submission)
    others = {f"the notebook was named {printable(one.name)}.ipynb" for one in known}
    others &= set(found.notes)
    return Submission(None, found.files, unreadable=found.unreadable) if others else found


_announced: set[str] = set()


def announced_forkserver(known: Iterable[Source], grade: Grade) -> Any:
    """The process that this process forks kernels from, with the libraries of these sources.

    Says once, in one line, where the sandbox is not the full one. Raises SandboxError when there
    is none and `unsafe` is not set.
    """
    from nbjudge._judge.grade import modules
    from nbjudge._kernel.forkserver import forkserver_for

    imported = {module for one in known for module in modules(one)}
    forkserver = forkserver_for(imported, unsafe=grade.unsafe)
    if forkserver.notice and forkserver.notice not in _announced:
        _announced.add(forkserver.notice)
        grade.log.warning(forkserver.notice)
    return forkserver


class Lint(NbGraderPreprocessor):
    """Warns, at generate_assignment, of checks that cannot be judged or do not check much."""

    trial = Bool(
        True, help="Also grade the reference solution and the blank exercise, about a second."
    ).tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: Resources) -> Both:
        folder = Path(resources["metadata"]["path"])
        source = Source(resources["nbgrader"]["notebook"], nbformat.writes(nb), read_files(folder))
        for complaint in complaints(source, Grade(parent=self.parent), self.trial):
            self.log.warning(complaint)
        return nb, resources


def complaints(source: Source, settings: Grade, trial: bool = True) -> list[str]:
    """One sentence for each thing that lint finds in a source, with the cell's name before it.

    The trial has the limits of these settings, as grading has.
    """
    from nbjudge._assignment.lint import lint
    from nbjudge._judge.grade import grade
    from nbjudge._kernel.sandbox import SandboxError
    from nbjudge._nbgrader.trials import sentence, trial_in_memory

    try:
        found, more = list(lint(source)), []
    except ValueError as wrong:
        return [f"{source.name}: the checks were not read. {wrong}"]
    if trial:
        try:
            limits = settings.all_limits

            def run(given: Iterable[Submission]) -> list[Result]:
                return [grade(source, one, limits) for one in given]

            found += trial_in_memory(source, limits, run).complaints()
        except (CourseError, SandboxError) as error:
            more.append(f"{source.name}: the checks were read, but not tried out. {error}")
    return [sentence(source, one) for one in found] + more


class Explain(Preprocessor):
    """Puts on top of Formgrader's page what happened to a notebook that is not as it was released
    or not graded whole. A learner's page of feedback is not made with it."""

    enabled = Bool(True).tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: Resources) -> Both:
        about = resources["metadata"]
        path = Path(about["path"], f"{about['name']}{RESULT_SUFFIX}")
        if path.exists() and (said := explanation(Result.from_json(path.read_text("utf-8")))):
            nb.cells.insert(0, new_markdown_cell(said))
        return nb, resources


IN_KERNEL = (
    "this check ran in the learner's own kernel, as in plain nbgrader, where code can forge a pass"
)


def explanation(result: Result) -> str:
    """A status and its reasons, as one block of HTML; "" when there is nothing to explain.

    File names and the like come from the learner, so all text is escaped, and on one line:
    Markdown leaves a block of HTML alone up to the first empty line.
    """
    reasons = [f"{damage.cell}: {damage.what}".lstrip(": ") for damage in result.damage]
    reasons += [
        f"{check.name}: {check.status} ({check.message})"
        for check in result.checks
        if check.status is not Status.GRADED and result.status is not Status.MISSING
    ]
    reasons += [f"{check.name}: {IN_KERNEL}" for check in result.checks if check.in_kernel]
    if not reasons and result.status is Status.GRADED:
        return ""
    rows = "".join(f"<li>{html.escape(' '.join(reason.split()))}</li>" for reason in reasons)
    return f"<div><p><b>{result.status}</b>: {result.status.sentence}</p><ul>{rows}</ul></div>"


FORMULA = ("=", "+", "-", "@", "\t", "\r")
COLUMNS = (
    "assignment duedate timestamp student_id last_name first_name email raw_score "
    "late_submission_penalty score max_score status needs_manual_grade marked marked_max"
).split()


class ExportWithStatus(ExportPlugin):
    """nbgrader's grades.csv, quoted, safe to open in a spreadsheet, and four columns more.

    A score is empty as long as anything of it waits for a person's mark (`needs_manual_grade`);
    `marked` and `marked_max` say what is marked so far, out of what. A 0 that was earned and a 0
    of what could not be run are told apart by `status`.
    """

    def export(self, gradebook: Gradebook) -> None:
        target = self.to or "grades.csv"
        self.log.info("Exporting grades to %s", target)
        assignments, students = set(map(str, self.assignment)), set(map(str, self.student))
        course = self.parent.coursedir
        with open(target, "w", newline="", encoding="utf-8") as file:
            rows = csv.DictWriter(file, COLUMNS)
            rows.writeheader()
            for assignment in gradebook.assignments:
                if assignments and assignment.name not in assignments:
                    continue
                given = handed_in(course, assignment.name)
                for one in standings(course, gradebook, assignment.name, given, students or None):
                    row = self.row(assignment, one)
                    rows.writerow({key: harmless(value) for key, value in row.items()})

    def row(self, assignment: Assignment, one: Standing) -> Resources:
        """The columns of one learner's assignment; 0 and "missing" without a submission."""
        marked, marked_max = one.so_far
        return {
            "assignment": assignment.name,
            "duedate": assignment.duedate,
            "timestamp": one.handed_in,
            "student_id": one.student,
            "last_name": one.last_name,
            "first_name": one.first_name,
            "email": one.email,
            "raw_score": one.points,
            "late_submission_penalty": one.penalty,
            "score": one.score,
            "max_score": assignment.max_score,
            "status": one.in_words,
            "needs_manual_grade": bool(one.waiting) and one.status != NOT_GRADED,
            "marked": marked,
            "marked_max": marked_max,
        }


def harmless(value: Any) -> Any:
    """Text that a spreadsheet would take for a formula gets a quotation mark before it."""
    if value is None:
        return ""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
