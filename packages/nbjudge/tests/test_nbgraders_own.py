"""nbgrader's own tests with the engine switched on: one file here, all of them in .ci/run."""

import importlib.util

import pytest

from places import PACKAGE


@pytest.fixture(scope="module")
def tool():
    path = PACKAGE / "tools" / "nbgraders_own.py"
    spec = importlib.util.spec_from_file_location("nbgraders_own", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_export_passes_nbgraders_own_tests(tool, capsys):
    assert tool.main(["test_nbgrader_export"]) == 0
    assert (
        capsys.readouterr().out == "test_nbgrader_export: 2 pass, 0 differ as they are known to\n"
    )


def test_each_other_difference_is_a_failure(tool, capsys, monkeypatch):
    """Of three tests one fails unexpectedly, one passes unexpectedly, and one is gone."""
    known = {"test_help": "listed, and passes", "test_gone": "listed, and gone"}
    monkeypatch.setitem(tool.DIFFERENT, "test_nbgrader_export", known)
    monkeypatch.setattr(tool, "outcomes", lambda *_: ({"test_export"}, {"test_help"}))
    assert tool.main(["test_nbgrader_export"]) == 1
    assert [line.strip() for line in capsys.readouterr().out.splitlines()[1:]] == [
        "test_export fails",
        "test_help passes, though it is listed",
        "test_gone did not run",
    ]
