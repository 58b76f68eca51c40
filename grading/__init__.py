"""Grading that can be trusted: nbgrader courses, graded safely and on all cores.

`grade(source, submission)` is the pure core; `configure(c)` makes nbgrader use it; the command is
`python -m grading autograde NAME`. Names are loaded when they are used, because the process that
learners' kernels are forked from must hold as little as possible.
"""

from importlib import import_module

HOMES = {
    "grade": "grading.judge",
    "configure": "grading.nbgrader_shell",
    **dict.fromkeys(
        ["Check", "Damage", "Limits", "Result", "Source", "Status", "Submission"], "grading.model"
    ),
}
__all__ = sorted(HOMES)


def __getattr__(name):
    if name in HOMES:
        return getattr(import_module(HOMES[name]), name)
    raise AttributeError(f"module 'grading' has no attribute {name!r}")
