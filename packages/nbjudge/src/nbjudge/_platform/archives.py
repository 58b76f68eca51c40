"""What a platform's download and the archives in it hold: untrusted, so read with limits.

Nothing is ever unpacked by the names in an archive. A file is read into memory, up to a limit,
and what is written afterwards has a name that was looked at before.
"""

import contextlib
import io
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path, PurePosixPath

from nbjudge import _files
from nbjudge._model import MB

MOST_BYTES = 64 * MB  # of one learner, unpacked
MOST_MEMBERS = 2_000  # of one learner
MOST_RATIO = 100  # how many times larger than packed, for what is larger than LARGE
LARGE = 8 * MB
DEEPEST_ARCHIVE = 3  # archives in one another
MOST_ENTRIES = 200_000  # of a whole download
UTF8_NAME, ENCRYPTED_MEMBER = 0x800, 0x1  # bits of a zip entry's flags


class Arrival(StrEnum):
    """What came of one learner. Only COLLECTED goes on to be graded; no other one gets a 0."""

    COLLECTED = ("collected", "")
    MISSING = ("missing", "Nothing was handed in.")
    NO_NOTEBOOK = ("no notebook", "There was no notebook in what was handed in.")
    TEXT = ("text online", "The answer was typed or linked on the platform: no notebook came.")
    EMPTY = ("empty", "The file was empty.")
    BROKEN = ("broken archive", "The archive could not be opened: it is damaged.")
    ENCRYPTED = ("encrypted", "The archive has a password.")
    TOO_LARGE = ("too large", "What was handed in is larger than it may be.")
    TOO_DEEP = ("too deep", "There are archives in archives in archives, and no notebook above.")
    SEVERAL = ("several notebooks", "There were several notebooks, and nothing says which counts.")
    ANOTHER = ("another exercise", "The notebook is that of another exercise.")

    sentence: str  # to the teacher and the learner

    def __new__(cls, value: str, sentence: str = "") -> "Arrival":
        member = str.__new__(cls, value)
        member._value_, member.sentence = value, sentence
        return member


class NotReadable(Exception):
    """One learner's file that cannot be read; `arrival` says why. It stops nobody else."""

    def __init__(self, arrival: Arrival) -> None:
        super().__init__(arrival.sentence)
        self.arrival = arrival


class NoDownload(Exception):
    """The download itself cannot be read; the text is one sentence for the teacher."""


@dataclass(frozen=True)
class Entry:
    """A file of a download, by the name that it has there, with forward slashes."""

    name: str
    read: Callable[["Quota"], bytes]


class Quota:
    """What is left of the bytes and files that one learner may take."""

    def __init__(self) -> None:
        self.bytes, self.members = MOST_BYTES, MOST_MEMBERS

    def take(self, size: int) -> None:
        """Count one file of this size. Raises NotReadable when it is too much."""
        self.bytes -= size
        self.members -= 1
        if self.bytes < 0 or self.members < 0:
            raise NotReadable(Arrival.TOO_LARGE)


@contextlib.contextmanager
def opened_download(download: Path) -> Iterator[list[Entry]]:
    """The files of a zip or of a folder, to be read while it is open. Raises NoDownload."""
    if download.is_dir():
        yield list(entries_of_folder(download))
        return
    try:
        archive = zipfile.ZipFile(download)
    except FileNotFoundError:
        raise NoDownload(f"There is no file {download}.") from None
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise NoDownload(
            f"{download.name} is not a whole zip file ({error}): download it again."
        ) from None
    with archive:
        members = [info for info in archive.infolist() if not info.is_dir()]
        if len(members) > MOST_ENTRIES:
            raise NoDownload(f"{download.name} holds more than {MOST_ENTRIES} files.")
        yield [Entry(member_name(info), partial(read_member, archive, info)) for info in members]


def entries_of_folder(folder: Path) -> Iterator[Entry]:
    for parent, folders, names in _files.walk(folder):
        folders.sort()
        for path in (Path(parent, name) for name in sorted(names)):
            if _files.is_regular(path) and _files.is_text(str(path)):
                yield Entry(path.relative_to(folder).as_posix(), partial(read_plain, path))


def read_plain(path: Path, allowance: Quota) -> bytes:
    allowance.take(path.stat().st_size)
    return path.read_bytes()


def member_name(info: zipfile.ZipInfo) -> str:
    """A member's name as text. Many programs write UTF-8 and do not say so."""
    name = info.filename
    if not info.flag_bits & UTF8_NAME:
        with contextlib.suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    return name.replace("\\", "/")


def read_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, allowance: Quota) -> bytes:
    """The bytes of one member, within the limits whatever its header says. Raises NotReadable."""
    if info.flag_bits & ENCRYPTED_MEMBER:
        raise NotReadable(Arrival.ENCRYPTED)
    if info.file_size > LARGE and info.file_size > MOST_RATIO * max(info.compress_size, 1):
        raise NotReadable(Arrival.TOO_LARGE)
    allowance.take(info.file_size)
    try:
        with archive.open(info) as file:
            content = file.read(info.file_size + 1)
    except Exception:  # zipfile, zlib, bz2 and lzma have an error each for what is damaged
        raise NotReadable(Arrival.BROKEN) from None
    if len(content) != info.file_size:
        raise NotReadable(Arrival.BROKEN)
    return content


def opened_up(given: dict[str, bytes], allowance: Quota) -> dict[str, bytes]:
    """What a learner handed in, archives opened as far as it takes to reach a notebook.

    Raises NotReadable when an archive that would have to be opened cannot be.
    """
    files = kept(given)
    for _ in range(DEEPEST_ARCHIVE):
        archives = {name: content for name, content in files.items() if is_archive(name, content)}
        if not archives or any(is_notebook(name) for name in files):
            return files
        for name, content in archives.items():
            del files[name]
            files |= kept(opened_archive(content, allowance))
    if any(is_notebook(name) for name in files):
        return files
    if any(is_archive(name, content) for name, content in files.items()):
        raise NotReadable(Arrival.TOO_DEEP)
    return files


def opened_archive(content: bytes, allowance: Quota) -> dict[str, bytes]:
    if not content.strip():
        raise NotReadable(Arrival.EMPTY)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = [info for info in archive.infolist() if not info.is_dir()]
            if len(members) > allowance.members:
                raise NotReadable(Arrival.TOO_LARGE)
            return {member_name(info): read_member(archive, info, allowance) for info in members}
    except NotReadable:
        raise
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError, IndexError):
        raise NotReadable(Arrival.BROKEN) from None


def kept(files: dict[str, bytes]) -> dict[str, bytes]:
    """Without what a system or Jupyter puts there by itself."""
    return {name: content for name, content in files.items() if not is_litter(name)}


def is_litter(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return not parts or bool(_files.IGNORED & set(parts)) or parts[-1].startswith("._")


def is_archive(name: str, content: bytes) -> bool:
    return name.casefold().endswith(".zip") or (
        content.startswith(b"PK\x03\x04") and not re.search(r"\.\w{2,5}$", name)
    )


def is_notebook(name: str) -> bool:
    return name.casefold().endswith(".ipynb")
