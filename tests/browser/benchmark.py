"""How long a learner waits, as ratios of two things timed side by side in one run.

    .venv/bin/python -m pytest -n0 -s tests/browser/benchmark.py

Not collected with the tests. Prints JupyterLab's start to a usable page against a bare start
of its Python package, and Run All of each lesson against the same cells in plain Python.
"""

import os
import subprocess
import sys
import time

import nbformat
import pytest

from notebooks import LESSONS

# The same cells, one after the other, with no kernel and no messages.
PLAIN = """
import sys, matplotlib
matplotlib.use("agg")
import nbformat
from matplotlib import pyplot
names = {"__name__": "__main__", "display": print}
for cell in nbformat.read(sys.argv[1], 4).cells:
    if cell.cell_type == "code":
        try:
            exec(compile(cell.source, "cell", "exec"), names)
        except Exception:
            if "raises-exception" not in cell.metadata.get("tags", []):
                raise
        pyplot.close("all")
"""


def seconds(action):
    begin = time.perf_counter()
    action()
    return time.perf_counter() - begin


def plain_python(path):
    subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PLAIN, path],
        cwd=path.parent,
        env=os.environ | {"MPLBACKEND": "agg"},
        stdout=subprocess.DEVNULL,
        check=True,
    )


def import_jupyterlab():
    subprocess.run([sys.executable, "-c", "import jupyterlab.labapp"], check=True)


@pytest.fixture(scope="module")
def first_page(request):
    """Seconds from nothing to lesson 00 on the screen and its kernel idle."""
    begin = time.perf_counter()
    open_notebook = request.getfixturevalue("open_notebook")
    notebook = open_notebook(LESSONS[0])
    took = time.perf_counter() - begin
    notebook.close()
    return took


def test_start_to_a_usable_page(first_page):
    bare = min(seconds(import_jupyterlab) for _ in range(3))
    print(f"\nstart to a usable page: {first_page:.1f} s, {first_page / bare:.1f} x its imports")


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_run_all(path, first_page, open_notebook):
    plain = min(seconds(lambda: plain_python(path)) for _ in range(2))
    notebook = open_notebook(path)
    lab = seconds(notebook.run_all)
    notebook.close()
    cells = sum(cell.cell_type == "code" for cell in nbformat.read(path, 4).cells)
    kilobytes = path.stat().st_size / 1000
    print(
        f"\n{path.stem}: Run All {lab:.1f} s, {lab / plain:.2f} x plain Python, "
        f"{cells} cells, {kilobytes:.0f} kB"
    )
