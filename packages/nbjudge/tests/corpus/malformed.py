"""Broken notebooks, as data: what was done to an honest, solved submission of exercise 03, and
what should become of it.

A case makes bytes of bytes. `lost` are the checks whose points are rightly gone, or None when
nothing of the notebook can be read. `damage` is part of a sentence that must be reported, with
the cell's grade id in front if it belongs to one; "" means that nothing may be reported.
"""

import copy
import gzip
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import nbformat

from nbjudge import Source
from places import COURSE

NAME = "03_chart_the_trade"
SOURCE = COURSE / "solutions" / NAME / f"{NAME}.ipynb"
RELEASED = COURSE / "exercises" / NAME / f"{NAME}.ipynb"


@cache
def source() -> Source:
    return Source.read(SOURCE)


@cache
def solved() -> bytes:
    """The released notebook with the source's answers, as a learner hands it in."""
    answers = {
        cell.metadata.nbgrader.grade_id: cell.source
        for cell in nbformat.read(SOURCE, as_version=4).cells
        if cell.metadata.get("nbgrader", {}).get("solution")
    }
    notebook = json.loads(RELEASED.read_bytes())
    for cell in notebook["cells"]:
        name = id_of(cell)
        if name in answers:
            lines = answers[name].splitlines(keepends=True)
            cell["source"] = [line for line in lines if " SOLUTION" not in line]
    return dumped(notebook)


@dataclass(frozen=True)
class Case:
    make: Callable[[bytes], bytes]
    damage: str
    lost: tuple[str, ...] | None

    @property
    def bytes(self) -> bytes:
        return self.make(solved())


CASES: dict[str, Case] = {}


def raw(damage="", lost=()):
    """Register a function from bytes to bytes, under its own name."""

    def register(make):
        CASES[make.__name__] = Case(make, damage, lost)
        return make

    return register


def edit(damage="", lost=()):
    """Register a function that edits the notebook in place, or gives another one back."""

    def register(change):
        def make(given):
            notebook = json.loads(given)
            return dumped(change(notebook) or notebook)

        CASES[change.__name__] = Case(make, damage, lost)
        return change

    return register


def dumped(notebook) -> bytes:
    return json.dumps(notebook, indent=1).encode()


def id_of(cell):
    return cell["metadata"].get("nbgrader", {}).get("grade_id")


def at(notebook, name):
    return next(i for i, cell in enumerate(notebook["cells"]) if id_of(cell) == name)


def named(notebook, name):
    return notebook["cells"][at(notebook, name)]


def text(cell):
    return "".join(cell["source"])


# Cells: copied, split, moved, deleted


@edit("q1_growth: more than once")
def a_copied_answer(nb):
    place = at(nb, "q1_growth")
    nb["cells"].insert(place, copy.deepcopy(nb["cells"][place]))


@edit("q1_growth: more than once")
def a_blank_copied_and_solved_below_its_check(nb):
    blank = copy.deepcopy(named(nb, "q1_growth"))
    blank["source"] = named(json.loads(RELEASED.read_bytes()), "q1_growth")["source"]
    nb["cells"].insert(at(nb, "q1_growth"), blank)
    solved = nb["cells"].pop(at(nb, "q1_growth") + 1)
    nb["cells"].insert(at(nb, "q1_growth_check") + 1, solved)


@edit("q1_growth: more than once")
def a_wrong_copy_above_the_right_answer(nb):
    wrong = copy.deepcopy(named(nb, "q1_growth"))
    wrong["source"] = text(wrong).replace("* 100", "* 10")
    nb["cells"].insert(at(nb, "q1_growth"), wrong)


@edit("q1_growth: more than once")
def a_blank_copy_below_the_answer(nb):
    blank = copy.deepcopy(named(nb, "q1_growth"))
    blank["source"] = named(json.loads(RELEASED.read_bytes()), "q1_growth")["source"]
    nb["cells"].insert(at(nb, "q1_growth") + 1, blank)


@edit("q5_choice_check: more than once")
def a_copied_check(nb):
    nb["cells"].append(copy.deepcopy(named(nb, "q5_choice_check")))


@edit("q3_count: more than once")
def every_cell_twice(nb):
    nb["cells"] = [copy.deepcopy(cell) for cell in nb["cells"] for _ in range(2)]


def split(nb, grade_id, line, **lower):
    """Split a cell before this line; `lower` are fields of the second half."""
    place = at(nb, grade_id)
    lines = text(nb["cells"][place]).splitlines(keepends=True)
    second = {**copy.deepcopy(nb["cells"][place]), "source": lines[line:], **lower}
    nb["cells"][place]["source"] = lines[:line]
    nb["cells"].insert(place + 1, second)


@edit("q1_growth: was split")
def a_split_answer(nb):
    split(nb, "q1_growth", 2)


@edit("q2_points: was split")
def a_split_answer_whose_lower_half_lost_its_metadata(nb):
    split(nb, "q2_points", 4, metadata={}, id="lower")


@edit("q7_chart: was split")
def an_answer_split_between_statements(nb):
    split(nb, "q7_chart", 4)


@edit("q4_base_check: was deleted")
def a_deleted_check(nb):
    del nb["cells"][at(nb, "q4_base_check")]


@edit("q1_growth_check: was deleted")
def all_checks_deleted(nb):
    nb["cells"] = [c for c in nb["cells"] if not (id_of(c) or "").endswith("_check")]


@edit("load: was deleted")
def a_deleted_read_only_cell(nb):
    del nb["cells"][at(nb, "load")]


@edit("q6_order: was deleted", lost=("q6_order_check",))
def a_deleted_answer(nb):
    del nb["cells"][at(nb, "q6_order")]


@edit("q6_order: found by its text")
def an_answer_deleted_and_written_in_a_new_cell(nb):
    cell = named(nb, "q6_order")
    cell["metadata"], cell["id"] = {}, "brand-new"
    cell["source"] = 'q6 = ["B", "D", "C", "E", "A"]'


@edit("was moved")
def the_cells_the_other_way_round(nb):
    nb["cells"].reverse()


@edit("load: was moved")
def the_first_cell_last(nb):
    nb["cells"].append(nb["cells"].pop(at(nb, "load")))


@edit("left out")
def cells_that_are_none(nb):
    nb["cells"][1:1] = [None, "text", 7, ["a"]]


@edit()
def cells_of_the_learners_own(nb):
    own = {"cell_type": "code", "metadata": {}, "source": "1 / 0", "outputs": [], "id": "own"}
    note = {"cell_type": "markdown", "metadata": {}, "source": "A note.", "id": "note"}
    nb["cells"][3:3] = [{**own, "execution_count": None}, note]


# Cells: another type, other tags, other metadata


@edit("q1_growth: turned into a markdown cell")
def an_answer_turned_into_text(nb):
    named(nb, "q1_growth")["cell_type"] = "markdown"


@edit("q5_choice_check: turned into a raw cell")
def a_check_turned_raw(nb):
    cell = named(nb, "q5_choice_check")
    cell["cell_type"] = "raw"
    del cell["outputs"], cell["execution_count"]


@edit("q1_growth: turned into a raw cell")
def a_cell_of_an_unknown_type(nb):
    named(nb, "q1_growth")["cell_type"] = "heading"


@edit("q2_points_check: skip-execution")
def checks_tagged_to_be_skipped(nb):
    for cell in nb["cells"]:
        cell["metadata"]["tags"] = ["skip-execution", "raises-exception"]


@edit()
def cells_tagged_by_honest_tools(nb):
    for cell in nb["cells"]:
        cell["metadata"]["tags"] = ["raises-exception", "hide-input"]


@edit("q5_choice_check: was edited")
def an_edited_check(nb):
    named(nb, "q5_choice_check")["source"] = "pass"


@edit("q1_growth_question: was edited")
def an_answer_written_into_the_question(nb):
    cell = named(nb, "q1_growth_question")
    cell["source"] = text(cell) + "\n\nI think that the growth is 20 per cent."


@edit("q1_growth: grade id was another")
def a_renamed_answer(nb):
    named(nb, "q1_growth")["metadata"]["nbgrader"]["grade_id"] = "growth"


@edit("q1_growth_check: found by its text")
def an_answer_and_its_check_with_swapped_ids(nb):
    one = named(nb, "q1_growth")["metadata"]["nbgrader"]
    other = named(nb, "q1_growth_check")["metadata"]["nbgrader"]
    one["grade_id"], other["grade_id"] = other["grade_id"], one["grade_id"]


@edit("q3_count: metadata was lost")
def all_nbgrader_metadata_lost(nb):
    for cell in nb["cells"]:
        cell["metadata"] = {}


@edit("q3_count: metadata was lost")
def metadata_and_cell_ids_lost(nb):
    for cell in nb["cells"]:
        cell["metadata"] = {}
        del cell["id"]
    nb["nbformat_minor"] = 4


@edit("q1_growth_check: schema_version")
def schema_version_0(nb):
    for cell in nb["cells"]:
        cell["metadata"].get("nbgrader", {})["schema_version"] = 0


@edit("q1_growth_check: schema_version")
def schema_version_99(nb):
    for cell in nb["cells"]:
        cell["metadata"].get("nbgrader", {})["schema_version"] = 99


@edit("q1_growth_check: schema_version")
def schema_version_missing(nb):
    for cell in nb["cells"]:
        cell["metadata"].get("nbgrader", {}).pop("schema_version", None)


@edit("q1_growth_check: points")
def points_not_a_number(nb):
    named(nb, "q1_growth_check")["metadata"]["nbgrader"]["points"] = float("nan")


@edit("q1_growth_check: points")
def points_in_words(nb):
    named(nb, "q1_growth_check")["metadata"]["nbgrader"]["points"] = "lots"


@edit("q1_growth_check: points")
def points_a_hundred(nb):
    named(nb, "q1_growth_check")["metadata"]["nbgrader"]["points"] = 100


@edit("q1_growth: grade, solution")
def an_answer_made_a_check(nb):
    meta = named(nb, "q1_growth")["metadata"]["nbgrader"]
    meta |= {"grade": True, "solution": False, "points": 50}


@edit("q1_growth_check: grade")
def a_check_that_gives_no_points(nb):
    named(nb, "q1_growth_check")["metadata"]["nbgrader"]["grade"] = False


@edit("q1_growth: metadata was lost")
def nbgrader_metadata_a_text(nb):
    named(nb, "q1_growth")["metadata"]["nbgrader"] = "solution"


@edit("q1_growth: metadata was lost")
def grade_id_a_list(nb):
    named(nb, "q1_growth")["metadata"]["nbgrader"]["grade_id"] = ["q1_growth"]


@edit("metadata of cell 4 was unreadable")
def cell_metadata_a_list(nb):
    assert at(nb, "q1_growth") == 3
    nb["cells"][3]["metadata"] = []


@edit("q1_growth_check: no readable text")
def a_check_without_text(nb):
    del named(nb, "q1_growth_check")["source"]


@edit("q6_order: no readable text", lost=("q6_order_check",))
def an_answer_whose_text_is_a_number(nb):
    named(nb, "q6_order")["source"] = 7


@edit()
def code_without_outputs(nb):
    for cell in nb["cells"]:
        cell.pop("outputs", None)
        cell.pop("execution_count", None)


@edit("q1_growth: signs")
def half_signs_in_an_answer(nb):
    cell = named(nb, "q1_growth")
    cell["source"] = text(cell) + "\n# \ud83d and \x00"


@edit()
def half_signs_where_nobody_looks(nb):
    nb["cells"][-1]["attachments"] = {"\ud83d": {"image/\ud83d": "\ud83d"}}
    nb["cells"][-1]["metadata"] = {"tags": ["\ud83d"], "\ud83d": "\ud83d"}


@edit()
def whole_signs_in_an_answer(nb):
    cell = named(nb, "q1_growth")
    cell["source"] = text(cell) + "\n# 增长 \U0001f4c8 é"


@edit()
def cell_ids_all_the_same(nb):
    for cell in nb["cells"]:
        cell["id"] = "cell"


@edit()
def cell_ids_missing(nb):
    for cell in nb["cells"]:
        del cell["id"]


@edit()
def cell_ids_that_are_none(nb):
    for number, cell in enumerate(nb["cells"]):
        cell["id"] = [None, 7, "no spaces, please", "x" * 100][number % 4]


@edit()
def text_as_one_string(nb):
    for cell in nb["cells"]:
        cell["source"] = text(cell)


# What other tools leave


@edit()
def huge_outputs(nb):
    for cell in nb["cells"]:
        if cell["cell_type"] == "code":
            stream = {"output_type": "stream", "name": "stdout", "text": "x" * 300_000}
            cell["outputs"] = [stream] * 3


@edit()
def outputs_that_are_no_outputs(nb):
    named(nb, "q1_growth")["outputs"] = "nothing"
    named(nb, "q2_points")["outputs"] = [7, {"output_type": "dance"}]


@edit()
def a_picture_in_a_text(nb):
    pixel = (
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5E"
    )
    nb["cells"][-1]["attachments"] = {"a.png": {"image/png": pixel}}


@edit()
def attachments_that_are_none(nb):
    nb["cells"][-1]["attachments"] = {"a": 7, "b": {"image/png": 7}}
    nb["cells"][0]["attachments"] = []


@edit()
def the_state_of_widgets(nb):
    state = {"application/vnd.jupyter.widget-state+json": {"state": {"a" * 32: {}}}}
    nb["metadata"]["widgets"] = state


@edit()
def saved_by_colab(nb):
    nb["metadata"] |= {"colab": {"provenance": [], "toc_visible": True}, "accelerator": "GPU"}
    nb["metadata"]["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    nb["nbformat_minor"] = 0
    for cell in nb["cells"]:
        cell["metadata"] |= {"id": cell.pop("id"), "outputId": "1", "colab": {"base_uri": "x"}}


@edit()
def saved_by_vs_code(nb):
    version = {"name": "ipython", "version": 3}
    nb["metadata"]["language_info"] = {"name": "python", "codemirror_mode": version}
    spec = {"display_name": ".venv (3.12.3)", "language": "python", "name": "python3"}
    nb["metadata"] |= {"vscode": {"interpreter": {"hash": "0"}}, "kernelspec": spec}
    for cell in nb["cells"]:
        cell["metadata"]["vscode"] = {"languageId": "python"}


@edit()
def saved_by_kaggle(nb):
    nb["metadata"]["kaggle"] = {"accelerator": "none", "dataSources": [], "isGpuEnabled": False}
    for cell in nb["cells"]:
        cell["metadata"] |= {"_uuid": "1", "_cell_guid": "2", "trusted": True}


@edit("was set to r;")
def the_kernel_of_another_language(nb):
    nb["metadata"]["kernelspec"] = {"name": "ir", "language": "R", "display_name": "R"}


@edit()
def the_kernel_of_another_installation(nb):
    nb["metadata"]["kernelspec"] = {"name": "gone", "language": "python", "display_name": "Mine"}


@edit("metadata of the notebook was unreadable")
def notebook_metadata_a_list(nb):
    nb["metadata"] = []


@edit()
def notebook_metadata_missing(nb):
    del nb["metadata"]


# The format


@edit("old version")
def version_3(nb):
    old = nbformat.convert(nbformat.reads(json.dumps(nb), as_version=4), 3)
    return json.loads(nbformat.writes(old, version=nbformat.NO_CONVERT))


@edit("version of the notebook format")
def version_5(nb):
    nb["nbformat"] = 5


@edit("version of the notebook format")
def version_in_words(nb):
    nb["nbformat"], nb["nbformat_minor"] = "four", None


@edit()
def a_later_minor_version(nb):
    nb["nbformat_minor"] = 99


@raw("byte order mark")
def a_byte_order_mark(given):
    return b"\xef\xbb\xbf" + given


@raw("UTF-16")
def utf_16(given):
    return given.decode().encode("utf-16")


@raw("UTF-16")
def utf_16_without_a_mark(given):
    return given.decode().encode("utf-16-be")


@raw("not in UTF-8")
def an_old_windows_encoding(given):
    notebook = json.loads(given)
    named(notebook, "q1_growth")["source"].insert(1, "    # caf\xe9\n")
    return json.dumps(notebook, ensure_ascii=False).encode("cp1252")


@raw()
def windows_line_ends(given):
    return given.replace(b"\\n", b"\\r\\n").replace(b"\n", b"\r\n")


@raw()
def line_ends_inside_of_strings(given):
    return given.replace(b"\\n", b"\n")


@raw("null bytes")
def null_bytes_at_the_end(given):
    return given + bytes(4096)


@raw("after the end")
def text_after_the_end(given):
    return given + b"}\n]garbage"


@raw("unfinished merge; its first side")
def an_unfinished_merge(given):
    line = b' "nbformat_minor": 5\n'
    assert line in given
    ours, theirs = line, line.replace(b"5", b"4")
    conflict = b"<<<<<<< HEAD\n%b=======\n%b>>>>>>> origin/main\n" % (ours, theirs)
    return given.replace(line, conflict)


# What can't be read at all


@raw("cut off", lost=None)
def cut_off(given):
    return given[: len(given) // 2]


@raw("empty", lost=None)
def an_empty_file(given):
    return b""


@raw("empty", lost=None)
def nothing_but_null_bytes(given):
    return bytes(len(given))


@raw("not in JSON", lost=None)
def random_bytes(given):
    return bytes(range(1, 256)) * 40


@raw("web page", lost=None)
def a_web_page(given):
    return b"<!DOCTYPE html>\n<html><body>Exercise 3</body></html>"


@raw("zip archive", lost=None)
def a_zip_archive(given):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(f"{NAME}.ipynb", given)
    return packed.getvalue()


@raw("compressed", lost=None)
def a_compressed_file(given):
    return gzip.compress(given)


@raw("not in JSON", lost=None)
def a_python_script(given):
    return b"# %%\nq5 = 'B'\n"


@raw("nested too deeply", lost=None)
def deeply_nested(given):
    return b'{"cells": ' + b"[" * 200_000 + b"]" * 200_000 + b"}"


@raw("no list of cells", lost=None)
def no_cells(given):
    return b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}}'


@raw("no list of cells", lost=None)
def cells_by_name(given):
    return b'{"nbformat": 4, "metadata": {}, "cells": {"q5": "B"}}'


@raw("no notebook", lost=None)
def a_list(given):
    return b"[1, 2, 3]"


@raw("not in JSON", lost=None)
def a_number_of_a_million_digits(given):
    return b'{"cells": [], "n": ' + b"9" * 1_000_000 + b"}"


@raw("more than 20000 cells", lost=None)
def a_million_cells_in_a_small_file(given):
    return b'{"cells": [' + b"0," * 1_000_000 + b"{}]}"


@raw("more than 20000 cells", lost=None)
def a_million_cells_of_an_old_version(given):
    return b'{"nbformat": 3, "worksheets": [{"cells": [' + b"{}," * 1_000_000 + b"{}]}]}"
