"""List what a page says in figures, dates, quotations and names, and nothing accounts for.

    python tests/trace_missing.py lessons/04_chart_the_trade.ipynb

Each line is a row for `tests/trace/NN.csv`, ready to be pasted once a person has looked whether it
is what the page means; under it stand other places that hold the same. A line with "?" found no
such cell: look for a formula (see `tests/traces.py`), mend the page, or, if the course made it up,
put `course` and one of its reasons. Rows that do not hold are listed, too.
"""

import argparse
import csv
import sys
from pathlib import Path

import traces


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("page", type=Path, help="a lesson, an exercise, or a Markdown file")
    page = traces.read_page(parser.parse_args().page.resolve())
    left = traces.missing(page)
    out = csv.DictWriter(sys.stdout, traces.COLUMNS, lineterminator="\n")
    print(f"# {len(left)} of {len(traces.items(page))} without a row in {page.number}.csv")
    for item in left:
        found = traces.candidates(item)
        first = " ".join(item.text.split()[:6])
        shown = item.text if len(item.text.split()) <= 8 else f"{first} ..."
        blank = {"kind": item.kind, "text": shown, "table": "?"}
        for i, row in enumerate(found or [blank]):
            print("#   or ", end="") if i else None
            out.writerow({"page": page.role} | row)
    for row in traces.traces(page.number, page.role):
        if told := traces.fault(row):
            print(f"# not true: {told}")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
