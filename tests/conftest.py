"""What the tests share: lessons, and tables of the data package."""

import json
import os

import pandas as pd
import pytest

from notebooks import LESSONS, ROOT, Lesson


def pytest_xdist_auto_num_workers():
    """One more than processors: a fifth of the time of tests is waiting, for pages and servers."""
    return len(os.sched_getaffinity(0)) + 1 if hasattr(os, "sched_getaffinity") else None


@pytest.fixture(params=LESSONS, ids=lambda path: path.stem)
def lesson(request):
    return Lesson(request.param)


@pytest.fixture(scope="session")
def lessons():
    return [Lesson(path) for path in LESSONS]


@pytest.fixture(scope="session")
def package():
    return json.loads((ROOT / "data" / "datapackage.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def table():
    """Read a table of the data package by name."""
    return lambda name: pd.read_csv(
        ROOT / "data" / f"{name}.csv", keep_default_na=False, na_values=[""]
    )
