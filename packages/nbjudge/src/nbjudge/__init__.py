"""Grades nbgrader courses so that the grades can be trusted: in a sandbox, and on all cores.

`grade(source, submission)` grades one submission and `try_out(source)` says which checks of the
assignment decide nothing; `configure(c)` makes nbgrader grade this way;
the command is `nbjudge autograde NAME`. What is named in `__all__` is public, and nothing else is.
Names are loaded when they are used, because the process that learners' kernels are forked from
must hold as little as possible.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nbjudge._judge.grade import grade
    from nbjudge._judge.trial import Trial, try_out
    from nbjudge._model import Check, Damage, Limits, Result, Source, Status, Submission
    from nbjudge._nbgrader.config import configure
    from nbjudge._nbgrader.questions import QuestionScores

__all__ = [
    "Check",
    "Damage",
    "Limits",
    "QuestionScores",
    "Result",
    "Source",
    "Status",
    "Submission",
    "Trial",
    "configure",
    "grade",
    "try_out",
]
_HOMES = {  # of what is not in _model
    "QuestionScores": "_nbgrader.questions",
    "Trial": "_judge.trial",
    "configure": "_nbgrader.config",
    "grade": "_judge.grade",
    "try_out": "_judge.trial",
}


def __getattr__(name: str) -> Any:
    if name in __all__:
        return getattr(import_module(f"{__name__}.{_HOMES.get(name, '_model')}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
