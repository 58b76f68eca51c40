"""What goes into grading and what comes out: plain data, the same in every process.

Everything here can be pickled and sent to another machine, and `Result` goes to JSON and back.
A new status or a new limit goes here, with its words.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from pathlib import Path
from typing import Any

from nbjudge import _files

MB = 1024 * 1024
RESULT_SUFFIX = ".grading.json"  # ends the name of the result beside an autograded notebook


class Status(StrEnum):
    """How far a check or a submission came. Only a check that is GRADED can have points.

    A check can have any status but PARTIAL. A submission is GRADED when all of its checks are,
    PARTIAL when some are, and has the status of its first check when none is.
    """

    GRADED = (
        "graded",
        "was judged",
        "All checks of this notebook were run.",
    )
    PARTIAL = (
        "partial",
        "was judged in part",
        "Some checks of this notebook could not be run or judged. They have no "
        "points unless a person gives them.",
    )
    TIMED_OUT = (
        "timed out",
        "took too long",
        "This notebook ran longer than it may.",
        "has code that ran longer than it may",
    )
    CRASHED = (
        "crashed",
        "lost the kernel",
        "The Python process ended, so the checks could not be run.",
        "has code that ended its Python process",
    )
    TAMPERED = (  # the kernel's side of the talk with the judge was forged
        "tampered",
        "got a forged reply",
        "What came back was not what a notebook's Python process sends.",
        "has code that answered in place of the kernel",
    )
    MISSING = (
        "missing",
        "was not reached",
        "No notebook was handed in.",
        "handed in nothing",
    )
    CANNOT = (
        "cannot be judged",
        "cannot be judged",
        "The checks could not be judged. They wait for a person's mark.",
        "handed in what a check cannot judge",
    )

    verb: str  # what a check of this status did or had done to it, after "the check"
    sentence: str  # what it means for a submission, to a teacher and a learner
    reason: str  # why somebody is to be talked to, after a learner's name; "" where nobody is

    def __new__(cls, value: str, verb: str = "", sentence: str = "", reason: str = "") -> "Status":
        member = str.__new__(cls, value)
        member._value_, member.verb, member.sentence = value, verb, sentence
        member.reason = reason
        return member


def _limit(default: Any, help: str) -> Any:
    return field(default=default, metadata={"help": help})


@dataclass(frozen=True)
class Limits:
    """What one submission may use. Sizes are bytes, seconds are those at work.

    Waiting for a processor that other programs have is not counted: see `_kernel/work.py`.
    """

    cell_seconds: float = _limit(30, "seconds that one cell may run")
    check_seconds: float = _limit(20, "seconds that one check may run")
    notebook_seconds: float = _limit(300, "seconds that all cells and checks may run")
    wall_factor: float = _limit(20, "times as many seconds by the clock end it in any case")
    memory: int = _limit(4096 * MB, "bytes, of each process and of all together")
    processes: int = _limit(64, "processes and threads at once")
    file_size: int = _limit(64 * MB, "bytes of one file that the code writes")
    disk: int = _limit(256 * MB, "bytes of all files that the code writes")
    output: int = _limit(4 * MB, "bytes that the cells print and show, in all")
    reply: int = _limit(16 * MB, "bytes of one value that a check asks for")
    submission: int = _limit(32 * MB, "bytes that are read of a notebook, and of its other files")
    restarts: int = _limit(3, "fresh kernels after one has died")

    @classmethod
    def help(cls) -> str:
        """All limits in one sentence: name, default, and what it is."""
        parts = (f"{one.name} ({one.default}): {one.metadata['help']}" for one in fields(cls))
        return "; ".join(parts) + "."


@dataclass(frozen=True)
class Source:
    """One notebook of an assignment as its author wrote it.

    `notebook` is the text of the .ipynb, with solutions and hidden tests. `files` are the files
    beside it, by relative path with forward slashes. `texts` overrides the text of cells, by
    grade id: what the gradebook holds after generate_assignment, AUTOTEST already filled in.
    """

    name: str
    notebook: str
    files: Mapping[str, bytes] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path | str, texts: Mapping[str, str] | None = None) -> "Source":
        """Read the source notebook at `path` and the files beside it."""
        path = Path(path)
        return cls(
            path.stem, path.read_text(encoding="utf-8"), _files.read_files(path.parent), texts or {}
        )

    @property
    def digest(self) -> str:
        return _files.digest(self.name, self.notebook, self.files, self.texts)


@dataclass(frozen=True)
class Submission:
    """What one learner handed in: the bytes of the notebook, or None, and the files beside it.

    `notes` says what was noticed while reading, such as a notebook under another name.
    `unreadable` are the files and folders that are there but cannot be read, each with the
    system's reason; "." is the folder itself.
    """

    notebook: bytes | None
    files: Mapping[str, bytes] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    unreadable: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Path | str, name: str, limit: int = Limits.submission) -> "Submission":
        """Read `name`.ipynb in `folder`, or the one notebook there under another name.

        Never raises OSError: what cannot be read is named in `unreadable`.
        """
        folder = Path(folder)
        path = folder / f"{name}.ipynb"
        failed = _files.Failures(folder)
        files = _files.read_files(folder, limit, failed)
        notes = failed.notes
        if not failed.is_regular(path):
            found = _files.notebooks(folder)
            if len(found) != 1:
                several = [f"{len(found)} notebooks, none named {name}.ipynb"] if found else []
                return cls(None, files, tuple(several), failed.found)
            path = found[0]
            notes = [f"the notebook was named {_files.printable(path.name)}", *notes]
        try:
            if path.lstat().st_size > limit:
                notes = [f"the notebook is larger than {limit // MB} MB"]
                return cls(None, {}, tuple(notes), failed.found)
            return cls(path.read_bytes(), files, tuple(notes), failed.found)
        except OSError as error:
            failed(error)
            return cls(None, files, tuple(notes), failed.found)

    @property
    def digest(self) -> str:
        return _files.digest(self.notebook, self.files, self.unreadable)


@dataclass(frozen=True)
class Damage:
    """One thing that was put right: `cell` is a grade id, or "" for the notebook itself."""

    cell: str
    what: str


@dataclass(frozen=True)
class Check:
    """What became of one check. `message` is what the learner reads; "" when it passed."""

    name: str
    status: Status
    score: float
    max_score: float
    message: str = ""
    seconds: float = 0.0
    in_kernel: bool = False  # it ran in the learner's kernel, which can forge what it says
    ended: str = ""  # the type of the last line's value, where that can be no number of points
    files: tuple[str, ...] = ()  # what it read of files that the learner's code had written

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> "Check":
        """A check of what `asdict` made of it."""
        files = tuple(fields.get("files", ()))
        return cls(**{**fields, "status": Status(fields["status"]), "files": files})


@dataclass(frozen=True)
class Result:
    """What `grade` found. `notebook` is the text of the executed notebook, verdicts in its cells.

    `cost` holds seconds by part of the work, and counts (kernels started, questions asked).
    """

    status: Status
    checks: tuple[Check, ...]
    damage: tuple[Damage, ...]
    notebook: str
    cost: Mapping[str, float] = field(default_factory=dict)

    @property
    def score(self) -> float:
        return sum(check.score for check in self.checks)

    @property
    def max_score(self) -> float:
        return sum(check.max_score for check in self.checks)

    @property
    def unjudged(self) -> frozenset[str]:
        """The checks that could not be judged: a person has to mark them."""
        return frozenset(check.name for check in self.checks if check.status is Status.CANNOT)

    def __getitem__(self, name: str) -> Check:
        """The check of this grade id."""
        return next(check for check in self.checks if check.name == name)

    def to_json(self, notebook: bool = True) -> str:
        fields = asdict(self)
        if not notebook:
            del fields["notebook"]
        fields |= {"score": self.score, "max_score": self.max_score}
        return json.dumps(fields, indent=None if notebook else 1)  # the whole is for programs

    @classmethod
    def from_json(cls, text: str) -> "Result":
        d = json.loads(text)
        return cls(
            Status(d["status"]),
            tuple(map(Check.from_dict, d["checks"])),
            tuple(Damage(**one) for one in d["damage"]),
            d.get("notebook", ""),
            d["cost"],
        )


def overall(checks: tuple[Check, ...]) -> Status:
    """The status of a submission whose checks are these."""
    states = {check.status for check in checks}
    if states <= {Status.GRADED}:
        return Status.GRADED
    return Status.PARTIAL if Status.GRADED in states else checks[0].status
