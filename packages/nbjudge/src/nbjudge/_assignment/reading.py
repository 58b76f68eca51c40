"""Reads what was handed in: from bytes to cells, as far as anything can be read at all."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import nbformat

from nbjudge._model import Damage

MOST_CELLS = 20_000  # of a notebook; a cell can be two bytes in the file, and is far more here
CELL_TYPES = ("code", "markdown", "raw")
STARTS = {
    b"PK\x03\x04": "a zip archive",
    b"\x1f\x8b": "a compressed file",
    b"%PDF": "a PDF file",
    b"\x89PNG": "a picture",
    b"{\\rtf": "a text document",
}


class Unreadable(Exception):
    """Nothing can be read from the file; the message is a sentence for teacher and learner."""


@dataclass
class Cell:
    """A cell as it was handed in. `grade_id` is "" when it has none."""

    place: int
    cell_type: str
    text: str
    grade_id: str = ""
    cell_id: str = ""
    nbgrader: Any = None
    tags: tuple[str, ...] = ()
    attachments: Mapping[str, Any] = field(default_factory=dict)


def read(raw: bytes, damage: list[Damage]) -> dict[str, Any]:
    """The notebook as plain data of nbformat 4, or of a later one read as such."""

    def note(what: str) -> None:
        damage.append(Damage("", what))

    if not raw.strip(b"\x00 \t\r\n"):
        raise Unreadable("The file is empty.")
    for start, kind in STARTS.items():
        if raw.startswith(start):
            raise Unreadable(f"The file is {kind}, not a notebook.")
    text = decode(raw, note)
    if text.lstrip().startswith("<") and not text.lstrip().startswith("<<<<<<<"):
        raise Unreadable("The file is a web page, not a notebook.")
    notebook = parse(text, note)
    if not isinstance(notebook, dict):
        raise Unreadable("The file holds JSON, but no notebook.")
    sheets = [notebook, *listed(notebook.get("worksheets"))]
    cells = [listed(one.get("cells")) for one in sheets if isinstance(one, dict)]
    if len(sheets) + sum(map(len, cells)) > MOST_CELLS:
        raise Unreadable(f"The notebook has more than {MOST_CELLS} cells.")
    if not isinstance(notebook.get("cells"), list):
        notebook = upgraded(notebook, note)
    elif notebook.get("nbformat") != 4 or not isinstance(notebook.get("nbformat_minor"), int):
        note("the version of the notebook format was wrong; it was read as version 4")
    return notebook


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def decode(raw: bytes, note: Callable[[str], None]) -> str:
    encoding = json.detect_encoding(raw)
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        note("the file was not in UTF-8; some letters may be wrong")
        text = raw.decode("cp1252" if encoding.startswith("utf-8") else encoding, "replace")
    else:
        if encoding == "utf-8-sig":
            note("the file began with a byte order mark; it was left out")
        elif encoding != "utf-8":
            note(f"the file was in {encoding.upper()}, not in UTF-8")
    if text.endswith("\x00"):
        note("the file ended in null bytes; they were left out")
    return text.rstrip("\x00").lstrip("\ufeff")


def parse(text: str, note: Callable[[str], None]) -> Any:
    """JSON; of an unfinished merge the one side or the other; nothing of what follows it."""
    versions = [(text, "")]
    if re.search(r"^<{7} ", text, re.M):
        versions = [(side(text, 0), "its first side"), (side(text, 1), "its second side")]
    decoder = json.JSONDecoder(strict=False)  # line ends inside strings are readable
    for version, which in versions:
        try:
            start = len(version) - len(version.lstrip())
            notebook, end = decoder.raw_decode(version, start)
        except ValueError:
            continue
        if which:
            note(f"the file held an unfinished merge; {which} was used")
        if version[end:].strip():
            note("there was more text after the end of the notebook; it was left out")
        return notebook
    raise Unreadable("The file is not a whole notebook: it is cut off or is not in JSON.")


def side(text: str, wanted: int) -> str:
    """One side of every conflict that git left in a text: 0 is the first, 1 the second."""
    kept, now = [], None  # None outside of conflicts, -1 in what both sides began with
    for line in text.splitlines(keepends=True):
        mark = line[:7]
        if mark == "<" * 7:
            now = 0
        elif now is not None and mark == "|" * 7:
            now = -1
        elif now is not None and mark == "=" * 7:
            now = 1
        elif now is not None and mark == ">" * 7:
            now = None
        elif now in (None, wanted):
            kept.append(line)
    return "".join(kept)


def upgraded(notebook: dict[str, Any], note: Callable[[str], None]) -> dict[str, Any]:
    """A notebook of version 1 to 3 in version 4."""
    if not isinstance(notebook.get("worksheets"), list):
        raise Unreadable("The notebook has no list of cells.")
    for sheet in notebook["worksheets"]:
        for cell in sheet["cells"] if isinstance(sheet, dict) and "cells" in sheet else ():
            if isinstance(cell, dict):
                cell["outputs"] = []  # not needed, and most often what fails
    try:
        old = nbformat.reader.reads(json.dumps({"nbformat": 3, "metadata": {}, **notebook}))
        converted = nbformat.convert(old, 4)
    except RecursionError:
        raise
    except Exception as wrong:
        raise Unreadable("The notebook is of an old version and cannot be upgraded.") from wrong
    note("the notebook was in an old version of the format; it was upgraded")
    return converted


def read_cells(notebook: dict[str, Any], damage: list[Damage]) -> Iterator[Cell]:
    for place, data in enumerate(notebook["cells"]):
        where = f"cell {place + 1}"
        if not isinstance(data, dict):
            damage.append(Damage("", f"{where} was no cell; it was left out"))
            continue
        metadata = data.get("metadata", {})
        if not isinstance(metadata, dict):
            damage.append(Damage("", f"the metadata of {where} was unreadable; it was left out"))
            metadata = {}
        nbgrader = metadata.get("nbgrader")
        known = nbgrader.get("grade_id") if isinstance(nbgrader, dict) else None
        name = known if isinstance(known, str) else ""
        tags = metadata.get("tags")
        cell_type = data.get("cell_type")
        text = read_text(data.get("source"))
        if text is None:
            damage.append(Damage(name, f"{where} had no readable text; it is taken as empty"))
        elif writable(text) != text:
            damage.append(Damage(name, f"signs that no file can hold were replaced in {where}"))
        yield Cell(
            place,
            cell_type if cell_type in CELL_TYPES else "raw",
            writable(text or ""),
            name,
            data["id"] if isinstance(data.get("id"), str) else "",
            nbgrader,
            tuple(writable(t) for t in tags if isinstance(t, str))
            if isinstance(tags, list)
            else (),
            read_attachments(data.get("attachments")),
        )


def read_text(source: Any) -> str | None:
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    return source.replace("\r\n", "\n").replace("\r", "\n") if isinstance(source, str) else None


def writable(text: str) -> str:
    """Without null characters, and with lone surrogates (half signs) replaced."""
    return text.replace("\x00", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def read_attachments(data: Any) -> dict[str, Any]:
    """The pictures of a text cell that nbformat would accept."""
    kept = {}
    for name, bundle in data.items() if isinstance(data, dict) else ():
        texts = {k: read_text(one) for k, one in bundle.items()} if isinstance(bundle, dict) else {}
        readable = {
            writable(kind): writable(text) for kind, text in texts.items() if text is not None
        }
        if texts and None not in texts.values():
            kept[writable(name)] = readable
    return kept


def language_changed(language: str, notebook: Mapping[str, Any]) -> list[Damage]:
    """Another kernel for the same language is no damage: it is the learner's own installation."""
    metadata = notebook.get("metadata", {})
    if not isinstance(metadata, dict):
        return [Damage("", "the metadata of the notebook was unreadable; the source's was used")]
    found = set()
    for part, key in (("kernelspec", "language"), ("language_info", "name")):
        told = metadata.get(part)
        if isinstance(told, dict) and isinstance(told.get(key), str) and told[key]:
            found.add(re.sub(r"[\d.]+$", "", told[key].lower().replace("ipython", "python")))
    other = sorted(found - {language})
    if not other:
        return []
    return [Damage("", f"the notebook was set to {writable(other[0])[:40]}; {language} was used")]
