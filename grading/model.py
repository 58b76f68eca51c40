"""What goes into grading and what comes out: plain data, the same in every process.

Everything here can be pickled and sent to another machine, and `Result` goes to JSON and back.
"""

import hashlib
import json
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import Any

IGNORED = {".ipynb_checkpoints", "__pycache__", "__MACOSX", ".DS_Store"}
MB = 1024 * 1024
DEEPEST = 50  # folders in one another; Python 3.11 cannot walk a thousand
MOST_FILES = 2_000  # of a learner, beside the notebook
BYTES = "surrogatepass"  # a file's name need not be text


class Status(StrEnum):
    """How far a check or a submission came. Only GRADED can have points.

    A check has every status but PARTIAL. A submission is GRADED when all of its checks are,
    PARTIAL when some are, and has the status of its first check when none is.
    """

    GRADED = "graded"
    PARTIAL = "partial"
    TIMED_OUT = "timed out"
    CRASHED = "crashed"
    TAMPERED = "tampered"  # the kernel's side of the talk with the judge was forged
    MISSING = "missing"
    CANNOT = "cannot be judged"


@dataclass(frozen=True)
class Limits:
    """What one submission may use. Times are wall times in seconds, sizes are bytes."""

    cell_seconds: float = 30
    check_seconds: float = 20
    notebook_seconds: float = 300
    memory: int = 4096 * MB  # address space of each process, and what all hold together
    processes: int = 64
    file_size: int = 64 * MB
    disk: int = 256 * MB  # all files that the code writes
    output: int = 4 * MB  # what the cells print and show, in all
    reply: int = 16 * MB  # one value that a check asks for
    submission: int = 32 * MB  # what is read of a submission: its notebook, and its other files
    restarts: int = 3  # fresh kernels after one has died


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
            path.stem, path.read_text(encoding="utf-8"), read_files(path.parent), texts or {}
        )

    @property
    def digest(self) -> str:
        return digest(self.name, self.notebook, self.files, self.texts)


@dataclass(frozen=True)
class Submission:
    """What one learner handed in: the bytes of the notebook, or None, and the files beside it.

    `notes` says what was noticed while reading, such as a notebook under another name.
    """

    notebook: bytes | None
    files: Mapping[str, bytes] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @classmethod
    def read(cls, folder: Path | str, name: str, limit: int = Limits.submission) -> "Submission":
        """Read `name`.ipynb in `folder`, or the one notebook there under another name."""
        folder = Path(folder)
        path, notes = folder / f"{name}.ipynb", []
        if not is_plain(path):
            found = [p for p in sorted(folder.glob("*.ipynb")) if is_plain(p)]
            if len(found) != 1:
                several = [f"{len(found)} notebooks, none named {name}.ipynb"] if found else []
                return cls(None, read_files(folder, limit), tuple(several))
            path = found[0]
            notes.append(f"the notebook was named {printable(path.name)}")
        if path.stat().st_size > limit:
            notes.append(f"the notebook is larger than {limit // MB} MB")
            return cls(None, {}, tuple(notes))
        return cls(path.read_bytes(), read_files(folder, limit), tuple(notes))

    @property
    def digest(self) -> str:
        return digest(self.notebook, self.files)


def is_plain(path: Path) -> bool:
    """A regular file, and neither a link nor a device."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def printable(text: str) -> str:
    """A name as it can be shown: without line ends, half characters and commands for a terminal."""
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in text)


def walk(folder: Path) -> Iterator[tuple[str, list[str], list[str]]]:
    """os.walk, but not into the deepest folders."""
    top = len(folder.parts)
    for parent, folders, names in os.walk(folder):
        yield parent, folders, names
        if len(Path(parent).parts) - top >= DEEPEST:
            folders.clear()


def read_files(folder: Path, limit: int = 1024 * MB) -> dict[str, bytes]:
    """The plain files under `folder` but for notebooks, up to `limit` bytes; links are left out."""
    files, left = {}, limit
    for parent, folders, names in walk(folder):
        folders[:] = sorted(name for name in folders if name not in IGNORED)
        for name in sorted(names):
            path = Path(parent, name)
            if name in IGNORED or path.suffix == ".ipynb" or not is_plain(path):
                continue
            left -= path.stat().st_size
            if left < 0 or len(files) > 10 * MOST_FILES:
                return files
            files[path.relative_to(folder).as_posix()] = path.read_bytes()
    return files


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write what `read_files` has read. Raises ValueError for a name that leaves `folder`."""
    for name, content in files.items():
        parts = PurePosixPath(name).parts
        if not parts or parts[0] == "/" or ".." in parts:
            raise ValueError(f"{name!r} is not inside the assignment's folder")
        path = folder.joinpath(*parts)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def digest(*parts: Any) -> str:
    """A SHA-256 of texts, bytes and mappings of them, in order."""
    total = hashlib.sha256()
    for part in parts:
        rows = sorted(part.items()) if isinstance(part, Mapping) else [("", part)]
        for key, value in rows:
            raw = value.encode(errors=BYTES) if isinstance(value, str) else value or b""
            total.update(f"{len(key)} {key} {len(raw)} ".encode(errors=BYTES))
            total.update(raw)
    return total.hexdigest()


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

    def __getitem__(self, name: str) -> Check:
        """The check of this grade id."""
        return next(check for check in self.checks if check.name == name)

    def to_json(self, notebook: bool = True) -> str:
        fields = asdict(self)
        if not notebook:
            del fields["notebook"]
        return json.dumps({**fields, "score": self.score, "max_score": self.max_score}, indent=1)

    @classmethod
    def from_json(cls, text: str) -> "Result":
        d = json.loads(text)
        return cls(
            Status(d["status"]),
            tuple(Check(**{**c, "status": Status(c["status"])}) for c in d["checks"]),
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
