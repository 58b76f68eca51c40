"""Everything about folders and files that a learner may have made, and temporary ones of our own.

A name may be no text, a file may be a link or a device, a folder may be deeper than Python can
walk: what is read, copied or overwritten here is looked at first, and links are never followed.
"""

import atexit
import errno
import hashlib
import os
import shutil
import stat
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Any

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}  # the errors of a full disk
IGNORED = {".ipynb_checkpoints", "__pycache__", "__MACOSX", ".DS_Store"}
DEEPEST = 50  # folders in one another; Python 3.11 cannot walk a thousand
MOST_FILES = 2_000  # of a learner, beside the notebook
MOST_UNSUPPORTED = 100  # files that are left out one by one
BYTES = "surrogatepass"  # a file's name need not be text


# Reading


def is_regular(path: Path) -> bool:
    """A regular file, and neither a link nor a device."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def printable(text: str) -> str:
    """A name as it can be shown: without line ends, half characters and commands for a terminal."""
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in text)


Failed = Callable[[OSError], None]  # told of what cannot be read


def stop(error: OSError) -> None:
    raise error


def skip(error: OSError) -> None:
    pass


def walk(folder: Path, failed: Failed = skip) -> Iterator[tuple[str, list[str], list[str]]]:
    """os.walk, but not into the deepest folders."""
    top = len(folder.parts)
    for parent, folders, names in os.walk(folder, onerror=failed):
        yield parent, folders, names
        if len(Path(parent).parts) - top >= DEEPEST:
            folders.clear()


def read_files(folder: Path, limit: int = 2**30, failed: Failed = stop) -> dict[str, bytes]:
    """The plain files under `folder` but for notebooks, up to `limit` bytes; links are left out.

    Of a file or a folder that cannot be read, `failed` is told; by default it raises the OSError.
    """
    files: dict[str, bytes] = {}
    left = limit
    for parent, folders, names in walk(folder, failed):
        folders[:] = sorted(name for name in folders if name not in IGNORED)
        for name in sorted(names):
            path = Path(parent, name)
            if name in IGNORED or path.suffix == ".ipynb":
                continue
            try:
                about = path.lstat()
                if not stat.S_ISREG(about.st_mode):
                    continue
                left -= about.st_size
                if left < 0 or len(files) > 10 * MOST_FILES:
                    return files
                files[path.relative_to(folder).as_posix()] = path.read_bytes()
            except OSError as error:
                failed(error)
    return files


def notebooks(folder: Path) -> list[Path]:
    """The notebooks right in a folder, sorted; none when it cannot be read."""
    with suppress(OSError):
        return [path for path in sorted(folder.glob("*.ipynb")) if is_regular(path)]
    return []


class Failures:
    """Collects what cannot be read below a folder: its name there, and the system's reason.

    A path that is too long is only noted: such a file has no place beside a notebook, readable or
    not.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.found: dict[str, str] = {}
        self.notes: list[str] = []

    def __call__(self, error: OSError) -> None:
        if error.errno == errno.ENAMETOOLONG:
            self.notes = ["files whose path is too long were left out"]
        elif error.errno != errno.ENOENT:
            name = os.path.relpath(error.filename or self.folder, self.folder)
            self.found[printable(name)] = error.strerror or type(error).__name__

    def is_regular(self, path: Path) -> bool:
        """The same as of `is_regular`, where that can be told."""
        try:
            return stat.S_ISREG(path.lstat().st_mode)
        except OSError as error:
            self(error)
            return False


def can_be_read(path: Path) -> bool:
    """Whether a regular file can be opened: its rights alone would not tell of all troubles."""
    try:
        os.close(os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0)))
    except OSError:
        return False
    return True


def unsupported(folder: Path, limit: int, reserved: str) -> list[Path] | None:
    """What nbgrader must not copy of a submission: what is no regular file, too large, cannot be
    read, has too long a path or ends its name in `reserved`, and a folder where a notebook is to
    be written.

    It follows links, which would copy a file of the teacher's into what is given back. None when
    there are too many files or they are too deep: for each it reads the folder again. None, too,
    when a folder cannot be entered: it could not tell what is left out there.
    """
    found: list[Path] = []
    count = 0
    for parent, folders, names in walk(folder):
        if names and not os.path.lexists(Path(parent, names[0])):
            return None
        found += [Path(parent, name) for name in folders if name.endswith((".ipynb", reserved))]
        for path in (Path(parent, name) for name in names):
            fit = is_regular(path) and path.lstat().st_size <= limit and can_be_read(path)
            fit = fit and is_inside(path.relative_to(folder).as_posix())
            if not fit or path.name.endswith(reserved):
                found.append(path)
        count += len(folders) + len(names)
        deep = folders and len(Path(parent).relative_to(folder).parts) >= DEEPEST
        if deep or count > MOST_FILES or len(found) > MOST_UNSUPPORTED:
            return None
    return found


def is_text(name: str) -> bool:
    """Whether a file's name can be written into a database."""
    return os.fsencode(name).decode(errors="ignore") == name


# Writing


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write what `read_files` has read. Raises ValueError for a name that leaves `folder`."""
    for name, content in files.items():
        parts = PurePosixPath(name).parts
        if not parts or parts[0] == "/" or ".." in parts:
            raise ValueError(f"{name!r} is not inside the assignment's folder")
        path = folder.joinpath(*parts)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def put(folder: Path, name: str, content: str | bytes) -> None:
    """Write a file in `folder` anew, over whatever a learner has put there in its place."""
    path = folder / name
    for above in path.parents[: len(Path(name).parts) - 1]:
        if above.is_symlink() or above.is_file():
            above.unlink()
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)


def put_safely(path: Path, text: str) -> None:
    """Write a file so that it holds, after a crash at any moment, the old text or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(path.name + ".new")
    with new.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


# What a kernel finds beside its notebook


def laid_beside(
    given: Mapping[str, bytes], taught: Mapping[str, bytes]
) -> tuple[dict[str, bytes], list[str]]:
    """The files that a kernel finds beside its notebook, and what was left out of those given.

    The teacher's files win: one of the learner's that has no place beside them is left out.
    """
    files, folders = dict(taught), set[str]()
    left_out: list[str] = []
    for name in taught:
        folders.update(map(str, PurePosixPath(name).parents))
    for name, content in given.items():
        above = {str(parent) for parent in PurePosixPath(name).parents}
        if name in taught:
            continue
        clashes = name in folders or any(folder in files for folder in above)
        if clashes or not is_inside(name) or len(files) >= MOST_FILES + len(taught):
            left_out.append(name)
        else:
            files[name] = content
            folders |= above
    shown = ", ".join(ascii(name[:60]) for name in left_out[:3]) + ", ..." * (len(left_out) > 3)
    return files, [f"files that have no place here were left out: {shown}"] if left_out else []


def is_inside(name: str) -> bool:
    """A plain relative path that a file system takes."""
    try:
        parts = os.fsencode(name).split(b"/")
    except UnicodeEncodeError:
        return False
    fit = all(part not in (b"", b".", b"..") and len(part) < 256 for part in parts)
    return fit and "\0" not in name and len(name) <= 1000


# Digests


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


# Temporary folders of our own


PREFIX = "nbjudge-"
MARK = ".made-by-nbjudge"  # in each of them: the name alone is not enough to remove a folder by
_base: tuple[int, str] | None = None  # the process that made it, and the folder
_locks: list[int] = []  # held as long as this process or one forked from it lives
_making = threading.Lock()


def temporary_folder(kind: str) -> str:
    """A new, empty folder for this process, to be removed by who asked for it.

    All of a process and of those forked from it lie in one folder, which is locked as long as one
    of them lives. What was left by processes that were killed is removed by the next one.
    """
    global _base
    with _making:
        if _base is None or not os.path.isdir(_base[1]):
            # The paths of sockets may have 107 bytes at most, and TMPDIR may be long.
            top = tempfile.gettempdir() if len(tempfile.gettempdir()) < 50 else "/tmp"
            sweep(Path(top))
            _base = (os.getpid(), _locked_folder(top))
            atexit.register(_remove, *_base)
    return tempfile.mkdtemp(prefix=f"{kind}-", dir=_base[1])


def sweep(top: Path) -> None:
    """Remove what processes of this user that are gone have left.

    A folder that only has a name like ours, such as a teacher's own, is not touched.
    """
    for folder in top.glob(f"{PREFIX}*") if fcntl else ():
        with suppress(OSError):  # another's, or one that goes at this moment
            about = folder.lstat()
            if not stat.S_ISDIR(about.st_mode) or about.st_uid != os.getuid():
                continue
            if not (folder / MARK).is_file():
                continue
            lock = _lock(folder)
            shutil.rmtree(folder, ignore_errors=True)
            os.close(lock)


def _locked_folder(top: str) -> str:
    folder = tempfile.mkdtemp(prefix=PREFIX, dir=top)
    os.chmod(folder, 0o711)  # a learner's code that runs as another user has to come through
    if fcntl:
        _locks.append(_lock(Path(folder)))
        Path(folder, MARK).touch()  # once it is locked: until then nobody would remove it
    return folder


def _lock(folder: Path) -> int:
    """An open file that holds the lock of a folder. OSError when another process holds it."""
    assert fcntl
    file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(file)
        raise
    return file


def _remove(owner: int, folder: str) -> None:
    if os.getpid() == owner:
        shutil.rmtree(folder, ignore_errors=True)
