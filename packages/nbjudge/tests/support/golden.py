"""What became of every submission of the corpora, in one file: golden.json.

A test that grades a case compares its result with the recorded one: status, points and messages.
So a change of behaviour shows as a change of a line in that file.

    GOLDEN=write pytest -n0 packages/nbjudge/tests    records all that the chosen tests grade anew
    python packages/nbjudge/tests/support/golden.py COURSE ANSWERS FILE
                                                      the same for the answer bank of any course;
                                                      compares with FILE, or writes it with --write

A line is `status points/most`, then what was put right, then for each check its status where it
is not "graded", its points, and its message as a number of the table at the end of the file.
"""

import hashlib
import json
import os
import re
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

FILE = Path(__file__).resolve().parents[1] / "golden.json"
MODE = os.environ.get("GOLDEN", "compare")
LONGEST = 300  # characters of a message that are kept to be read; its number is that of all of it
VARYING = [  # what differs from run to run, and what stands for it
    (re.compile(r"T[0-9a-f]{24}"), "<token>"),
    (re.compile(r"/tmp/[\w./-]+"), "<path>"),
    (re.compile(r"0x[0-9a-f]{6,}"), "<address>"),
    (re.compile(r"ipykernel_\d+"), "ipykernel"),
    (re.compile(r"ran for [\d.]+ seconds(, without the [\d.]+ in which [\w ]+)?"), "ran for <n> s"),
    (re.compile(r"and [\d.]+ were left of"), "and <n> were left of"),
    # Two look at the same limit, and either may be the first.
    (re.compile(r"^the learner's code did not answer: it (?=ran for)"), "the check "),
]


class Golden:
    """The recorded results, by section and case."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.known = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
        self.messages: dict[str, str] = self.known.pop("messages", {})
        self.changed = False

    def line(self, result, points_only: bool = False) -> str:
        """A result as one line of text."""
        if points_only:
            return f"{result.score:g}/{result.max_score:g}"
        parts = [f"{result.status} {result.score:g}/{result.max_score:g}"]
        damage = "; ".join(f"{one.cell}: {one.what}" for one in result.damage)
        parts.append(f"damage {self.number(damage)}")
        for check in result.checks:
            status = "" if check.status == "graded" else f" {check.status}"
            parts.append(f"{check.name}{status} {check.score:g} {self.number(check.message)}")
        return " | ".join(parts)

    def number(self, message: str) -> str:
        if not message:
            return "-"
        for varying, shown in VARYING:
            message = varying.sub(shown, message)
        number = hashlib.sha256(message.encode(errors="surrogatepass")).hexdigest()[:8]
        self.messages[number] = message[:LONGEST].encode(errors="replace").decode()
        return number

    def check(self, section: str, name: str, result, points_only: bool = False) -> None:
        """Compare with what is recorded, or record it."""
        line = self.line(result, points_only)
        known = self.known.get(section, {}).get(name, "")
        if MODE == "compare":
            assert line == known, self.difference(known, line)
        elif line != known:
            self.known.setdefault(section, {})[name] = line
            self.changed = True

    def difference(self, known: str, line: str) -> str:
        def spelled(text: str) -> str:
            return re.sub(
                r"\b[0-9a-f]{8}\b", lambda found: repr(self.messages.get(found[0], found[0])), text
            )

        return f"recorded:\n{spelled(known) or 'nothing'}\nnow:\n{spelled(line)}"

    def write(self) -> None:
        """Write the file: one line for each case and for each message."""
        used = set(re.findall(r"\b[0-9a-f]{8}\b", json.dumps(self.known)))
        parts = {**self.known, "messages": {n: m for n, m in self.messages.items() if n in used}}
        rows = [
            f"{json.dumps(part)}: {{\n"
            + ",\n".join(f" {json.dumps(n)}: {json.dumps(v)}" for n, v in sorted(cases.items()))
            + "\n}"
            for part, cases in parts.items()
        ]
        self.file.write_text("{\n" + ",\n".join(rows) + "\n}\n", encoding="utf-8")


@pytest.fixture(scope="session")
def golden() -> Iterator[Golden]:
    recorded = Golden(FILE)
    yield recorded
    if recorded.changed:
        recorded.write()


def main(course: Path, answers: Path, file: Path, write: bool) -> int:
    """Grade the answer bank of a course; give the exit code."""
    from fixture_course import exercises_of, submission_of
    from nbjudge import Source, grade

    recorded, found = Golden(file), {}
    for exercise in exercises_of(course, answers):
        source, mixes = Source.read(exercise.source), list(exercise.mixes())
        with ThreadPoolExecutor(2) as pool:
            given = (submission_of(exercise, answers) for answers in mixes)
            results = pool.map(lambda one, source=source: grade(source, one), given)
            for number, result in enumerate(results):
                found[f"{exercise.name}-{number:02}"] = recorded.line(result)
        print(exercise.name, len(mixes), flush=True)
    if write:
        recorded.known = {"bank": found}
        recorded.write()
        return 0
    known = recorded.known["bank"]
    wrong = [name for name in known | found if known.get(name) != found.get(name)]
    for name in wrong:
        print(name, recorded.difference(known.get(name, ""), found.get(name, "")))
    print(f"{len(found)} submissions, {len(wrong)} differ from {file}")
    return 1 if wrong else 0


if __name__ == "__main__":
    paths = [Path(one) for one in sys.argv[1:] if one != "--write"]
    sys.exit(main(*paths, write="--write" in sys.argv))
