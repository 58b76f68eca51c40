"""Runs lessons from top to bottom in the course's environment and keeps their outputs.

    .venv/bin/python tools/run_lessons.py            all lessons
    .venv/bin/python tools/run_lessons.py 04 06      those that begin so

Without times and addresses, and with what a cell prints in one piece: the same bytes each time.
"""

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

LESSONS = Path(__file__).resolve().parent.parent / "lessons"


def run(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    resources = {"metadata": {"path": str(path.parent)}}
    NotebookClient(
        notebook,
        kernel_name="python3",
        timeout=120,
        record_timing=False,
        coalesce_streams=True,
        resources=resources,
    ).execute()
    notebook.metadata.language_info = {"name": "python"}  # and not which Python ran it
    nbformat.write(notebook, path)


def main(wanted: list[str]) -> None:
    for path in sorted(LESSONS.glob("*.ipynb")):
        if not wanted or path.name.startswith(tuple(wanted)):
            run(path)
            print(path.name)


if __name__ == "__main__":
    main(sys.argv[1:])
