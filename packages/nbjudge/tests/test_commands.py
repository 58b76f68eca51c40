"""The command line: each command explains itself, with an example, and knows a near miss."""

import contextlib
import importlib

import pytest

from nbjudge.__main__ import COMMANDS, main


def said(capfd, *argv):
    code = main([*argv])
    out, err = capfd.readouterr()
    return code, out, err


def test_help_has_a_line_and_an_example_for_each_command(capfd):
    code, out, err = said(capfd, "--help")
    assert code == 0 and not err
    for name, (_, does, like) in COMMANDS.items():
        assert does in out and like in out and like.split()[:2] == ["nbjudge", name]


def test_without_a_command_it_says_the_same_and_fails(capfd):
    code, out, err = said(capfd)
    assert code == 2 and not out and "nbjudge collect ps1" in err


@pytest.mark.parametrize(
    ("typed", "meant"), [("colect", "collect"), ("grade", "autograde"), ("Return", "return")]
)
def test_a_misspelt_command_gets_the_nearest(capfd, typed, meant):
    assert said(capfd, typed)[::2] == (
        2, f"There is no command {typed!r}. Did you mean {meant}?\n"
    )  # fmt: skip


def test_each_command_has_examples_of_its_own():
    for name, (place, _, _) in COMMANDS.items():
        module, _, kind = place.rpartition(".")
        command = getattr(importlib.import_module(f"nbjudge.{module}"), kind)
        assert command.name == f"nbjudge-{name}"
        assert command.examples.split()[:2] == ["nbjudge", name]
        assert command.description.strip()


def test_help_of_one_command_shows_its_example(capfd):
    with contextlib.suppress(SystemExit):
        main(["collect", "--help"])
    assert "nbjudge collect ps1 submissions.zip worksheet.csv" in capfd.readouterr().out


def test_in_a_wrong_folder_one_sentence_and_no_trace(capfd, tmp_path):
    with contextlib.chdir(tmp_path):
        for name in COMMANDS:
            code, _, err = said(capfd, name, "ps1")
            assert code == 1 and "the folder of the course" in err
            assert "Traceback" not in err
    assert not list(tmp_path.iterdir())
