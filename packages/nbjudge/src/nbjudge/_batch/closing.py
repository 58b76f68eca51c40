"""What a run ends with: who is missing, who waits, who needs a person, and what to do next."""

from collections.abc import Iterable, Sequence

from nbjudge._files import printable
from nbjudge._model import Status
from nbjudge._nbgrader.marks import NOT_GRADED, WAITS_FOR_A_MARK, Mark, Standing

MOST_NAMES = 12


def closing(assignment: str, class_: Sequence[Standing]) -> list[str]:
    """One sentence for each thing that a teacher has to know, and the next step last."""
    came = [one for one in class_ if one.status not in (Status.MISSING, NOT_GRADED)]
    waits = {one.student: [mark for mark in one.waiting if mark.by_hand] for one in came}
    anew = {name: [m for m in marks if m.before is not None] for name, marks in waits.items()}
    new = {name: [m for m in marks if m.before is None] for name, marks in waits.items()}
    unjudged = {one.student: [mark for mark in one.waiting if not mark.by_hand] for one in came}
    said = [
        told("Nothing handed in", (o.student for o in class_ if o.status == Status.MISSING)),
        told("Handed in, not graded yet", (o.student for o in class_ if o.status == NOT_GRADED)),
        told(
            "Something could not be run; look at it with the learner",
            (f"{o.student} ({o.status})" for o in came if o.status != Status.GRADED),
        ),
        told("Points to be given by hand, as a check cannot judge", cells(unjudged)),
        told(
            "Blank, so 0 without a mark",
            cells({o.student: [m for m in o.marks if m.blank and m.by_hand] for o in came}),
        ),
        told(
            "Handed in anew since it was marked; the old mark is shown, to confirm or change",
            cells(anew),
        ),
        told(
            f"A written answer {WAITS_FOR_A_MARK}",
            cells(new),
        ),
    ]
    if any(one.status == NOT_GRADED for one in class_):
        step = f"nbjudge autograde {assignment}"
    elif any(one.waiting for one in came):
        step = f"give the marks that are missing: nbjudge mark {assignment}, or Formgrader"
    else:
        step = f"nbjudge feedback {assignment}, or nbjudge return {assignment} for Moodle or Canvas"
    return [*filter(None, said), f"Next: {step}"]


def told(what: str, names: Iterable[str]) -> str:
    """What, of how many, and who; "" for nobody."""
    found = sorted(map(printable, names))
    more = f" and {len(found) - MOST_NAMES} more" if len(found) > MOST_NAMES else ""
    return f"{what} ({len(found)}): {', '.join(found[:MOST_NAMES])}{more}." if found else ""


def cells(marks: dict[str, list[Mark]]) -> Iterable[str]:
    """Learners who have such marks, with the questions where an assignment has several."""
    several = len({mark.cell for found in marks.values() for mark in found}) > 1
    for student, found in marks.items():
        if found:
            names = f" ({', '.join(mark.cell for mark in found)})" if several else ""
            yield f"{student}{names}"


def by_hand(one: Standing) -> str:
    """How the written answers of one learner stand, in a few words."""
    marks = [mark for mark in one.marks if mark.by_hand]
    if not marks:
        return ""
    if any(mark.points is None for mark in marks):
        return WAITS_FOR_A_MARK
    points, most = sum(m.points or 0 for m in marks), sum(m.max_points for m in marks)
    blank = "blank, " if all(mark.blank for mark in marks) else ""
    return f"{blank}{points:g} of {most:g}"
