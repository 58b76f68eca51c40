"""nbval stays strict here: a check of a solution fails the test, although its tag lets a run go on.

The tag raises-exception is for learners: Run All shows them every check. nbval would take it for
an error that is expected.
"""

from pathlib import Path


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.options["check_exception"] = False
