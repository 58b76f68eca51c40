"""The check runner without a kernel.

The learner's side is the real agent, in this process, over a namespace made from a text of code.
"""

import json
from textwrap import dedent

import matplotlib
import matplotlib.pyplot as plt
import pytest

from nbjudge._judge import check_runner
from nbjudge._judge.remote import RemoteNamespace
from nbjudge._kernel import agent
from nbjudge._model import Status

matplotlib.use("agg")
MODULES = ("math", "re", "numpy", "pandas", "matplotlib.pyplot", "folium", "itertools")


class Desk(RemoteNamespace):
    """Asks an agent in this process; `replies`, if any, come before the agent's own."""

    def __init__(self) -> None:
        nowhere = {"key": "k", "transport": "inproc", "ip": "nobody", "shell_port": 1}
        super().__init__(nowhere, 10**7, MODULES)
        self.replies = []

    def exchange(self, question):
        if self.replies:
            reply = self.replies.pop(0)
            if isinstance(reply, BaseException):
                raise reply
            return reply if isinstance(reply, str) else json.dumps(reply)
        return agent.answer(question).text


class Desks(check_runner.CheckRunner):
    """A check runner and a learner, whose names come from `answer`."""

    def __init__(self, learner: dict) -> None:
        super().__init__()
        self.remote, self.theirs = Desk(), learner

    def answer(self, code: str) -> "Desks":
        exec(dedent(code), self.theirs)
        return self

    def anew(self) -> "Desks":
        """As with a learner who has run nothing yet."""
        self.theirs.clear()
        plt.close("all")
        return self

    def run(self, code: str, owned: str = "", judge: str = "", **modules: str) -> dict:
        return self.check(dedent(code), owned.split(), judge.split(), modules, 2.0, (5.0, 1, None))

    def setup(self, code: str, owned: str = "") -> str:
        order = {"code": dedent(code), "learner": owned.split(), "judge": [], "modules": {}}
        return self.serve({"do": "setup", **order})["error"]


@pytest.fixture
def desk(monkeypatch):
    learner = {"__name__": "__main__"}
    monkeypatch.setattr(agent, "user_names", lambda: learner)
    monkeypatch.setattr(agent, "things", {})
    monkeypatch.setattr(agent, "numbers", {})
    made = Desks(learner)
    yield made
    made.remote.context.destroy(0)
    plt.close("all")


@pytest.fixture
def passes(desk):
    """Run an answer and a check of it; the check must give full points, without a word."""

    def passing(answer: str, check: str, owned: str = "") -> dict:
        told = desk.answer(answer).run(check, owned)
        assert (told["status"], told["score"], told["message"]) == (Status.GRADED, 2.0, "")
        return told

    return passing


@pytest.fixture
def fails(desk):
    """Run an answer and a check of it that has to fail; its message is the value."""

    def failing(answer: str, check: str, owned: str = "") -> str:
        told = desk.answer(answer).run(check, owned)
        assert (told["status"], told["score"]) == (Status.GRADED, 0.0)
        return told["message"]

    return failing


@pytest.fixture
def refuses(desk):
    """Run an answer and a check of it that can't be judged; its message is the value."""

    def refusing(answer: str, check: str, owned: str = "") -> str:
        told = desk.answer(answer).run(check, owned)
        assert (told["status"], told["score"]) == (Status.CANNOT, 0.0)
        return told["message"]

    return refusing
