"""What every test of the engine may import: the corpora and what the tests share."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [
    str(HERE / part) for part in ("support", "corpus") if str(HERE / part) not in sys.path
]


def pytest_configure(config):
    """Not by `pytest_plugins`, which pytest reads only in the folder that it was called with."""
    for shared in ("desks", "golden", "hostile_world", "runs"):
        config.pluginmanager.import_plugin(shared)


# Notebooks that the tests grade, and that are no tests themselves.
collect_ignore = ["course"]
