"""Tries an assignment out: grades what its author wrote, and what learners are given.

A check that the author's own solution does not pass here says nothing of a learner who fails it,
and one that the untouched exercise passes says nothing of a learner who passes it. Such a verdict
is no grade: the check cannot be judged, and a person has to look at the answer.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace

import nbformat

from nbjudge._assignment.lint import Complaint
from nbjudge._assignment.matching import is_blank
from nbjudge._assignment.names import names_of
from nbjudge._assignment.outline import TAG, Outline, Role, outline
from nbjudge._judge.grade import grade
from nbjudge._judge.verdicts import write_verdict
from nbjudge._kernel.forkserver import ForkServer
from nbjudge._model import Check, Limits, Result, Source, Status, Submission, overall

Run = Callable[[list[Submission]], list[Result]]  # grades submissions, in their order
LOOK = "A person has to look at the answer."
UNPASSED = f"The author's own solution does not pass this check here, either. {LOOK}"
FREE = f"An untouched exercise gets as much from this check, so it shows nothing. {LOOK}"
WAITS = "it waits for your mark"
INSTEAD = (
    "Change the check or the solution, or have it run as in plain nbgrader: give its cell the tag "
    f"{TAG}."
)


@dataclass(frozen=True)
class Trial:
    """What the checks of a source say of the author's solution and of the untouched release.

    Both by grade id. `unsolved` are the checks to whose answers the author wrote no solution, so
    that the first says nothing.
    """

    reference: Mapping[str, Check] = field(default_factory=dict)
    blank: Mapping[str, Check] = field(default_factory=dict)
    unsolved: frozenset[str] = frozenset()

    def apply(self, result: Result) -> Result:
        """The result with the verdicts that the trial does not bear out taken back."""
        checks = tuple(self.judged(check) for check in result.checks)
        if checks == result.checks:
            return result
        changed = {new.name: new for new, old in zip(checks, result.checks, strict=True)}
        changed = {check.name: changed[check.name] for check in set(checks) - set(result.checks)}
        notebook = with_verdicts(result.notebook, changed)
        return replace(result, status=overall(checks), checks=checks, notebook=notebook)

    def judged(self, check: Check) -> Check:
        """A verdict as far as the trial bears it out."""
        reference = self.reference.get(check.name)
        if reference and reference.files and check.status in (Status.GRADED, Status.CANNOT):
            return replace(
                check, status=Status.CANNOT, score=0.0, message=reads_sentence(reference)
            )
        check = without_end(check, reference)
        if check.status is Status.TIMED_OUT and reference and reference.status is check.status:
            return replace(check, status=Status.CANNOT, message=f"{UNPASSED} {check.message}")
        if check.status is not Status.GRADED:
            return check
        if check.name in self.free and 0 < check.score <= self.blank[check.name].score:
            return replace(check, status=Status.CANNOT, score=0.0, message=FREE)
        if check.name in self.unpassed and not passed(check):
            said = f" The check says: {check.message}" if check.message else ""
            return replace(check, status=Status.CANNOT, score=0.0, message=UNPASSED + said)
        return check

    @property
    def unpassed(self) -> set[str]:
        """The checks that the author's solution does not pass, though there is one."""
        return {
            name
            for name, check in self.reference.items()
            if name not in self.unsolved and not passed(check)
        }

    @property
    def free(self) -> set[str]:
        """The checks that give points to the untouched release.

        Not those that are to count as in plain nbgrader, which gives these points.
        """
        return {name for name, one in self.blank.items() if one.score > 0 and not one.in_kernel}

    def complaints(self) -> list[Complaint]:
        """What the teacher should know and change, in the order of the notebook."""
        found = []
        for name, check in self.reference.items():
            if check.files:
                found.append(Complaint(name, 0, f"{reads_sentence(check)} {INSTEAD}"))
                continue
            if check.ended:
                found.append(Complaint(name, 0, ended_sentence(check)))
            if name in self.unpassed:
                found.append(Complaint(name, 0, unpassed_sentence(check)))
            blank = self.blank[name]
            if name in self.free:
                found.append(Complaint(name, 0, free_sentence(blank)))
            elif blank.status is not Status.GRADED and passed(check):
                found.append(Complaint(name, 0, unjudged_sentence(blank)))
        if self.unsolved:
            said = "No solution is written for the answers to "
            said += f"{few_of(self.unsolved)}, so nobody knows whether a right one passes."
            found.append(Complaint("", 0, said))
        return found

    def to_json(self) -> str:
        return json.dumps({**asdict(self), "unsolved": sorted(self.unsolved)})

    @classmethod
    def from_json(cls, text: str) -> "Trial":
        d = json.loads(text)
        made = {
            which: {name: Check.from_dict(one) for name, one in d[which].items()}
            for which in ("reference", "blank")
        }
        return cls(**made, unsolved=frozenset(d["unsolved"]))


def passed(check: Check) -> bool:
    return check.status is Status.GRADED and check.score == check.max_score and not check.message


def without_end(check: Check, reference: Check | None) -> Check:
    """Full points, as in nbgrader, for a last line whose value is no number.

    Only where it is none in the author's solution, either: then it is not meant as points.
    """
    if check.ended and reference and reference.ended:
        return replace(check, status=Status.GRADED, score=check.max_score, message="")
    return check


def ended_sentence(check: Check) -> str:
    if check.ended.startswith("bool"):
        return (
            "The last line is true, which is no number of points: where it is, all of them are "
            f"given, as in nbgrader, and where it is not, {WAITS}. Write assert in front of it."
        )
    return (
        f"The last line has a value of the type {check.ended}, which is no number of points: who "
        "comes so far gets all of them, as in nbgrader. Write assert in front of it, or a "
        "semicolon behind it."
    )


def reads_sentence(check: Check) -> str:
    return (
        f"The check reads {few_of(check.files)}, which the answer writes; a check never opens a "
        f"learner's file. {LOOK}"
    )


def points_of(check: Check) -> str:
    return f"{check.score:g} of {check.max_score:g} points"


def reason(check: Check) -> str:
    return check.message.strip().rstrip(".")


def unpassed_sentence(check: Check) -> str:
    if check.status is Status.GRADED:
        why = reason(check)
        said = f"The reference solution gets {points_of(check)}" + (f": {why}." if why else ".")
    else:
        said = f"With the reference solution the check {check.status.verb}: {reason(check)}."
    return f"{said} A submission that fails it gets no 0: {WAITS}. {INSTEAD}"


def free_sentence(check: Check) -> str:
    return (
        f"The untouched release gets {points_of(check)}. A submission that gets no more gets no "
        f"points: {WAITS}. Write a check that the untouched release fails."
    )


def unjudged_sentence(check: Check) -> str:
    said = f"With the untouched release the check {check.status.verb}: {reason(check)}."
    return f"{said} Let it fail with an assertion."


def few_of(names: Iterable[str]) -> str:
    few = sorted(names)
    return ", ".join(few[:5]) + (f" and {len(few) - 5} more" if len(few) > 5 else "")


def try_out(
    source: Source, limits: Limits | None = None, forkserver: ForkServer | None = None
) -> Trial:
    """Grade the author's solution and the untouched release of a source, about a second.

    Runs the source's code in the sandbox. Takes and raises what `grade` does.
    `try_out(source).apply(grade(source, submission))` is a result without a false zero.
    """
    return tried(source, lambda given: [grade(source, one, limits, forkserver) for one in given])


def tried(source: Source, run: Run) -> Trial:
    """The same, by a `run` that grades submissions to this source."""
    plan = outline(source)
    if not plan.is_python:
        return Trial()
    solution = Submission(source.notebook.encode(), source.files)
    reference, blank = run([solution, Submission(released(source), source.files)])
    if not all(map(passed, reference.checks)):  # by chance, perhaps, or on a busy machine
        (again,) = run([solution])
        pairs = zip(reference.checks, again.checks, strict=True)
        reference = replace(
            reference, checks=tuple(one if passed(one) else other for one, other in pairs)
        )
    passes = {check.name: without_end(check, check) for check in reference.checks}
    return Trial(
        passes,
        {check.name: without_end(check, passes[check.name]) for check in blank.checks},
        without_solution(plan),
    )


def without_solution(plan: Outline) -> frozenset[str]:
    """The checks to whose answers the author wrote no solution.

    These are the answers that bind a name which the check uses, or else all above it.
    """
    answers: list[tuple[frozenset[str], bool]] = []
    found = set()
    for step in plan.steps:
        if step.role is Role.ANSWER and step.code:
            names = names_of(step.source).bound | names_of(step.reference).bound
            answers.append((names, not is_blank(step, step.reference)))
        elif step.role is Role.CHECK:
            used = names_of(step.source).free
            own = [solved for names, solved in answers if names & used]
            if not any(own or [solved for _, solved in answers]):
                found.add(step.grade_id)
    return frozenset(found)


def released(source: Source) -> bytes:
    """The notebook that a learner is given."""
    nb = nbformat.reads(source.notebook, as_version=4)
    for cell, step in zip(nb.cells, outline(source).steps, strict=True):
        cell.source = step.released
    return nbformat.writes(nb).encode()


def with_verdicts(notebook: str, checks: Mapping[str, Check]) -> str:
    """The executed notebook with other verdicts in the cells of these checks."""
    nb = nbformat.reads(notebook, as_version=4)
    for cell in nb.cells:
        check = checks.get(cell.metadata.get("nbgrader", {}).get("grade_id"))
        if check:
            printed = [one.text for one in cell.outputs if one.get("name") == "stdout"]
            write_verdict(cell, check, "".join(printed))
    return nbformat.v4.writes(nb, split_lines=False, indent=None)
