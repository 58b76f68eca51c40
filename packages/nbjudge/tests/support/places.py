"""Where things are: the folders that tests read and that the Pythons they start import from."""

import os
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
PACKAGE = TESTS.parent  # the distribution: pyproject.toml, src, tests
COURSE = TESTS / "course"  # a small course that belongs to the tests and never changes

# For a Python that a test starts.
PYTHONPATH = os.pathsep.join(map(str, (TESTS, TESTS / "support", TESTS / "corpus")))
