"""A platform's own worksheet, filled in without touching any other byte of it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

BOM = b"\xef\xbb\xbf"
DELIMITERS = (b",", b";", b"\t")


class BadSheet(Exception):
    """A worksheet that cannot be used; the text is one sentence for the teacher."""


@dataclass(frozen=True)
class Field:
    """One field: its text, and where it stands in the file, quotation marks included."""

    text: str
    begin: int
    end: int


class Sheet:
    """A CSV file as bytes, and its fields.

    Read and written as bytes, because a platform expects back what it wrote: a byte-order mark,
    commas or semicolons, quotation marks and line ends stay as they are.
    """

    def __init__(self, name: str, content: bytes) -> None:
        self.name, self.content = name, content
        try:
            content.decode("utf-8")
        except UnicodeDecodeError:
            raise BadSheet(
                f"{name} is not in UTF-8: give the file as the platform made it, "
                "not as a spreadsheet has saved it."
            ) from None
        if b"\0" in content:
            raise BadSheet(f"{name} is not a CSV file.")
        if not self.rows or len(self.header) < 2:
            raise BadSheet(f"{name} is not a CSV file with a line of headings.")
        width = len(self.header)
        for number, row in enumerate(self.rows, start=2):
            if len(row) != width:
                raise BadSheet(
                    f"{name} has {width} headings, but its line {number} has {len(row)} fields: "
                    "download it again."
                )

    @cached_property
    def delimiter(self) -> bytes:
        """What the first line is divided by."""
        body = self.content.removeprefix(BOM)
        found = {sign: len(next(iter(divided(body, sign)), [])) for sign in DELIMITERS}
        return max(DELIMITERS, key=lambda sign: found[sign])

    @cached_property
    def lines(self) -> list[list[Field]]:
        """All lines, the headings first; lines with nothing in them are left out."""
        skip = len(self.content) - len(self.content.removeprefix(BOM))
        rows = divided(self.content, self.delimiter, skip)
        return [row for row in rows if len(row) > 1 or row[0].text.strip()]

    @property
    def header(self) -> list[str]:
        return [field.text for field in self.lines[0]] if self.lines else []

    @property
    def rows(self) -> list[list[Field]]:
        return self.lines[1:] or []

    def column(self, index: int) -> list[str]:
        """The texts below one heading."""
        return [row[index].text for row in self.rows]

    def filled(self, cells: Mapping[tuple[int, int], str]) -> bytes:
        """The file with these texts in it, by row below the headings and column."""
        changes = sorted(
            (self.rows[row][column].begin, self.rows[row][column].end, text)
            for (row, column), text in cells.items()
        )
        parts, done = [], 0
        for begin, end, text in changes:
            was = self.content[begin:end]
            parts += [self.content[done:begin], self.written(text, was.startswith(b'"'))]
            done = end
        return b"".join([*parts, self.content[done:]])

    def without_rows(self, theirs: Callable[[list[str]], bool]) -> bytes:
        """The file without the lines of which `theirs` is true."""
        parts, done = [], 0
        for row in self.rows:
            if theirs([field.text for field in row]):
                parts.append(self.content[done : row[0].begin])
                done = row[-1].end
                for end in (b"\r\n", b"\n", b"\r"):
                    if self.content.startswith(end, done):
                        done += len(end)
                        break
        return b"".join([*parts, self.content[done:]])

    def written(self, text: str, quoted: bool) -> bytes:
        """A field's text as it stands in the file."""
        special = self.delimiter.decode() + '"\r\n'
        if quoted or any(sign in text for sign in special):
            text = '"' + text.replace('"', '""') + '"'
        return text.encode()


def divided(content: bytes, delimiter: bytes, begin: int = 0) -> list[list[Field]]:
    """The fields of a CSV file, line by line (RFC 4180)."""
    rows: list[list[Field]] = []
    row: list[Field] = []
    place, size = begin, len(content)
    while place < size or row:
        start = place
        if content[place : place + 1] == b'"':
            place += 1
            while place < size:
                if content[place : place + 2] == b'""':
                    place += 2
                elif content[place : place + 1] == b'"':
                    place += 1
                    break
                else:
                    place += 1
        while place < size and content[place : place + 1] not in (delimiter, b"\r", b"\n"):
            place += 1
        raw = content[start:place].decode("utf-8", errors="replace")
        row.append(Field(without_quotes(raw), start, place))
        if content[place : place + 1] == delimiter:
            place += 1
            if place == size:
                row.append(Field("", place, place))
                break
            continue
        rows.append(row)
        row = []
        place += 2 if content[place : place + 2] == b"\r\n" else 1
    return [*rows, row] if row else rows


def without_quotes(raw: str) -> str:
    if len(raw) > 1 and raw[0] == raw[-1] == '"':
        return raw[1:-1].replace('""', '"')
    return raw


def as_number(text: str) -> float | None:
    """A number as platforms write it, with a point or a comma; None for anything else."""
    match = re.fullmatch(r"\s*(-?\d{1,9})(?:[.,](\d{1,9}))?\s*", text)
    return float(f"{match[1]}.{match[2] or 0}") if match else None


def with_mark_of(text: str, number: float) -> str:
    """A number to two places, with the decimal mark that `text` has."""
    written = f"{number:.2f}".rstrip("0").rstrip(".")
    return written.replace(".", ",") if "," in text else written
