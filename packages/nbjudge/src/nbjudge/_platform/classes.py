"""What all platforms share: a learner of a class, and whose a file of a download is."""

import re
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from nbjudge._platform.sheets import BadSheet, Sheet


@dataclass(frozen=True)
class Learner:
    """One learner of a roster.

    `key` is the id in the gradebook and the name of folders; `number` is how the platform calls
    the learner in this download. `handed_in` is the time as the worksheet has it.
    """

    key: str
    number: str
    last_name: str = ""
    first_name: str = ""
    email: str = ""
    handed_in: str = ""

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


@dataclass(frozen=True)
class Owner:
    """Whose a file of a download is, and what its name says besides.

    `file` is the name that the learner gave it; `stem` and `attachment` are what the platform
    wants to see again in the name of the page that goes back.
    """

    number: str
    file: str
    stem: str = ""
    attachment: str = ""
    name: str = ""
    is_text: bool = False
    late: bool = False


@dataclass(frozen=True)
class Target:
    """Where grades go in a worksheet: the column, its row for each number, and the best grade."""

    column: int
    rows: Mapping[str, int]
    best: float | None
    best_text: str


class Platform(Protocol):
    """What the commands ask of a platform."""

    title: ClassVar[str]

    def owner(self, name: str, numbers: Container[str]) -> Owner | None:
        """Whose the file of this name is; None when the name does not say."""

    def roster(self, sheet: Sheet) -> list[Learner]:
        """The learners of a worksheet. Raises BadSheet."""

    def target(self, sheet: Sheet, assignment: str, heading: str) -> Target:
        """Where the grades go; `heading` is a teacher's choice of the column, or "".

        Raises BadSheet.
        """

    def page_name(self, learner: Learner, owner: Owner | None, assignment: str) -> str | None:
        """The name in the zip by which the platform knows whose page it is; None if it can't."""


def safe_key(text: str) -> bool:
    """Whether a text can be the name of a learner's folder."""
    return bool(re.fullmatch(r"[^\W_][\w.+@-]{0,126}", text)) and not text.endswith(".")


def once_each(sheet: Sheet, learners: Sequence[Learner]) -> list[Learner]:
    """The learners, if nobody is there twice. Raises BadSheet, naming who is."""
    for what in ("number", "key"):
        seen: dict[str, Learner] = {}
        for learner in learners:
            value = getattr(learner, what)
            other = seen.setdefault(value.casefold(), learner)
            if other is not learner:
                raise BadSheet(
                    f"{sheet.name} has {value} twice ({other.full_name or 'no name'}, "
                    f"{learner.full_name or 'no name'}): remove one of the two lines."
                )
    return list(learners)


def column_of(sheet: Sheet, heading: str) -> int:
    """The column with this heading. Raises BadSheet."""
    found = [i for i, text in enumerate(sheet.header) if text.strip() == heading.strip()]
    if len(found) != 1:
        raise BadSheet(
            f"{sheet.name} has no column {heading!r}: it has " + ", ".join(sheet.header) + "."
            if not found
            else f"{sheet.name} has {len(found)} columns {heading!r}."
        )
    return found[0]


def best_in(texts: Sequence[str]) -> str:
    """The one number that stands in all of these fields; "" when there is none."""
    return texts[0] if texts and len(set(texts)) == 1 else ""
