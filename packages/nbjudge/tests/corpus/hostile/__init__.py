"""Hostile submissions, as data: what each tries, and what it deserves. A module for each area.

Most cases put one cell of code into a blank notebook, so whatever points they have are undeserved;
others put it among right answers, which must keep their points.

Safe to run: each cell of code looks first whether it is in the sandbox and raises an error when it
is not. Nothing is sent to a network, not even to see whether that is blocked; the interfaces and
routes are read instead. Bombs look at their limits first, and are bounded besides. The tests run
none of this before the sandbox is proven: see `proven` in support/hostile_world.py.
"""

from importlib import import_module
from pathlib import Path

from hostile.case import AREAS, CASES, SMALL, Case, honest, honest_but_wrong, mini, source_with

__all__ = [
    "AREAS",
    "CASES",
    "SMALL",
    "Case",
    "honest",
    "honest_but_wrong",
    "mini",
    "source_with",
]

for path in sorted(Path(__file__).parent.glob("[a-z]*.py")):
    import_module(f"hostile.{path.stem}")  # its cases register themselves
