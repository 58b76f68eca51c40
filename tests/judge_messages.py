"""Write every wrong answer of the bank with the message that a learner gets, for a reader to judge.

    python tests/judge_messages.py [FILE.csv]

The file (messages.csv) has a row for each: exercise, question, the task, the wrong answer, the
message, and an empty column for the judgement: apt, or misleading, and why. A message is
misleading if a learner with this answer would look in the wrong place.
"""

import csv
import sys
from pathlib import Path

from exercises import SOLUTIONS, Exercise, role

COLUMNS = ["exercise", "question", "task", "wrong answer", "message", "judgement"]


def task_of(exercise, answer):
    """The text of the question that stands above an answer cell."""
    above = []
    for cell in exercise.cells:
        if role(cell) == "answer" and cell.metadata.nbgrader.grade_id == answer:
            return "\n\n".join(above)
        if role(cell) == "check":
            above = []
        elif cell.cell_type == "markdown":
            above.append(cell.source)
    return ""


def rows():
    for exercise in map(Exercise, SOLUTIONS):
        for answer, entry in exercise.bank.items():
            codes = [exercise.stub(answer), *(code for _, code in entry["wrong"])]
            for code in codes:
                message = exercise.message(answer, code) or "(passes)"
                yield [exercise.name, answer, task_of(exercise, answer), code, message, ""]


def main():
    path = Path(sys.argv[1] if len(sys.argv) > 1 else "messages.csv")
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        found = list(rows())
        writer.writerows(found)
    print(f"{len(found)} wrong answers in {path}")


if __name__ == "__main__":
    main()
