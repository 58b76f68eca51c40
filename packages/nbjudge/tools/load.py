"""Honest submissions hurt on a busy machine: none, whatever else wants the processors.

    .venv/bin/python packages/nbjudge/tools/load.py [--limit 4]

Each submission needs a tenth, a quarter, half or five sixths of its limit in time of a processor:
in a cell, in a function that a check calls, or in a process that a cell starts. They are graded as
a batch is, alone, beside other programs (1, 2 and 4 for each processor) and beside a submission of
24 busy processes. Ends with 1 if any of them lost its point. It takes about five minutes.
"""
# ruff: noqa: E402 (the modules of tests/ have to be found first)

import argparse
import os
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / "tests" / "support")]

from crowd import Crowd, graded_in
from nbjudge import Limits

SHARES = [0.1, 0.25, 0.5, 0.83]
CROWDS = [Crowd(), Crowd(1), Crowd(2), Crowd(4), Crowd(neighbour=True), Crowd(1, neighbour=True)]


def main() -> int:
    parser = argparse.ArgumentParser(description="How many honest submissions a busy machine hurts")
    parser.add_argument("--limit", type=float, default=4, help="seconds, of a cell and of a check")
    parser.add_argument("--workers", type=int, help="by default one for each processor")
    options = parser.parse_args()
    limits = Limits(options.limit, options.limit, notebook_seconds=10 * options.limit)
    print(f"{len(os.sched_getaffinity(0))} processors, load average {os.getloadavg()[0]:.2f}")
    lost = 0
    for crowd in CROWDS:
        crowd = Crowd(crowd.jobs, crowd.neighbour, options.workers)
        found = graded_in(crowd, limits, SHARES)
        lost += len(found.hurt)
        print(
            f"{crowd!s:58}{len(found.hurt)} of {found.number} hurt, {found.seconds:.0f} s",
            flush=True,
        )
        for one in found.hurt:
            print(f"    {one}")
    return min(lost, 1)


if __name__ == "__main__":
    sys.exit(main())
