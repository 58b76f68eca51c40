"""Files that are handed in beside the notebook."""

import gzip
import io
import json
import zipfile
from dataclasses import replace

from hostile.case import CANNOT, GRADED, LATE, MB, NORMAL, PARTIAL, SMALL, Case, add, attack
from malformed import RELEASED, dumped, named
from nbjudge import Submission

FILES = "files beside the notebook"
TEACHERS_NAME = b"raise SystemExit('a module of the learner')"
attack(
    "files_named_like_modules",
    FILES,
    "Modules with the names of those that the judge and the checks use.",
    "",
    right=True,
    fires=False,
    files={
        f"{name}.py": TEACHERS_NAME
        for name in "json zmq grading numbers itertools nbclient conftest traitlets asyncio".split()
    }
    | {"folium/__init__.py": TEACHERS_NAME, "nbjudge/_kernel/agent.py": TEACHERS_NAME},
    points=23,
)
attack(
    "own_pandas",
    FILES,
    "A module pandas that makes every table equal to every other.",
    "",
    fires=False,
    files={"pandas.py": b"def read_csv(*a): return None\nclass DataFrame: pass\n"},
    status=(GRADED, PARTIAL, CANNOT),
)
attack(
    "startup_files",
    FILES,
    "Files that Python, IPython or Jupyter run when they start.",
    "if 'started' in globals() or _os.path.exists('started'): found('it was run')",
    files=dict.fromkeys(
        (
            "sitecustomize.py",
            "usercustomize.py",
            "conftest.py",
            "ipython_config.py",
            "ipython_kernel_config.py",
            "jupyter_config.py",
            "nbgrader_config.py",
            ".ipython/profile_default/startup/00.py",
            "startup.py",
        ),
        b"open('started', 'w').write('x'); started = True\nraise SystemExit(1)\n",
    ),
)
attack(
    "data_replaced",
    FILES,
    "The data of the assignment, in a version that fits another answer.",
    "",
    right=True,
    fires=False,
    files={"data/trade_annual.csv": b"year\n1\n", "data/growth_variants.csv": b"x\n"},
    points=23,
)
attack(
    "data_folder_replaced",
    FILES,
    "A file where the assignment has a folder, and a folder where it has a file.",
    "",
    right=True,
    fires=False,
    files={"data": b"x", "data/trade_annual.csv/x": b"x", "data/../data": b"x"},
    points=23,
    damage="no place here",
)
attack(
    "paths_that_lead_out",
    FILES,
    "Paths that begin at the root, climb, hold nulls, or are too long.",
    "",
    right=True,
    fires=False,
    files={
        "../hostile-canary": b"x",
        "/tmp/hostile-canary": b"x",
        "a/../../hostile-canary": b"x",
        "a\0b": b"x",
        "": b"x",
        ".": b"x",
        "x" * 300: b"x",
        "\U0001f600" * 100: b"x",
        "d/" * 600 + "x": b"x",
    },
    points=23,
    damage="no place here",
)
attack(
    "names_that_are_no_text",
    FILES,
    "File names with half characters, line ends and the signs of a terminal.",
    "",
    right=True,
    fires=False,
    files={"\udcff": b"x", "a\nb": b"x", "\x1b[2J": b"x", "-rf": b"x", "~": b"x"},
    points=23,
)
attack(
    "many_files",
    FILES,
    "Seventy thousand empty files.",
    "",
    right=True,
    fires=False,
    files={f"many/{n}": b"" for n in range(70_000)},
    points=23,
    damage="no place here",
    seconds=60,
)


def zeros(size: int) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(size))
    return packed.getvalue()


attack(
    "zip_bomb_beside",
    FILES,
    "A small archive that would fill the disk, and is unpacked.",
    """
    import zipfile, os
    room = os.statvfs(".")
    assert room.f_blocks * room.f_frsize < 200e6
    error = attempt("unpacked", lambda: zipfile.ZipFile("bomb.zip").extractall("out"))
    _say(f"{type(error).__name__}\\n")
    """,
    files={"bomb.zip": zeros(100 * MB)},
    limits=SMALL,
    shows="OSError",
)
for name, packed in {"zip": zeros(50 * MB), "gzip": gzip.compress(bytes(50 * MB))}.items():
    add(
        Case(
            f"{name}_bomb_as_notebook",
            FILES,
            "The notebook itself is a small file that unpacks to a large one.",
            lambda world, packed=packed: Submission(packed),
            "trade",
            0,
            (CANNOT,),
            fires=False,
        )
    )
add(
    Case(
        "deep_notebook",
        FILES,
        "A notebook nested a hundred thousand levels deep.",
        lambda world: Submission(b'{"cells": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
        "trade",
        0,
        (CANNOT,),
        fires=False,
    )
)
add(
    Case(
        "huge_numbers",
        FILES,
        "A notebook whose version is a number of a hundred thousand digits.",
        lambda world: Submission(
            b'{"nbformat": ' + b"9" * 100_000 + b', "nbformat_minor": 1e999, "cells": []}'
        ),
        "trade",
        0,
        (GRADED, CANNOT),
        fires=False,
    )
)
add(
    Case(
        "many_cells",
        FILES,
        "Four thousand cells, all copies of a check.",
        lambda world: Submission(
            dumped(
                {
                    "cells": [named(json.loads(RELEASED.read_bytes()), "q1_growth_check")] * 4_000,
                    "metadata": {},
                    "nbformat": 4,
                    "nbformat_minor": 5,
                }
            )
        ),
        "trade",
        0,
        (GRADED, PARTIAL, LATE),
        fires=False,
        seconds=90,
        limits=replace(NORMAL, notebook_seconds=30),
    )
)
