"""Names, worksheets and archives of any shape: what must hold for all of them."""

import csv
import io
import re
import zipfile
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import made_up_class as ours
from nbjudge._platform import archives
from nbjudge._platform.archives import Arrival, NotReadable, Quota, opened_up
from nbjudge._platform.canvas import Canvas
from nbjudge._platform.classes import Learner, Owner, safe_key
from nbjudge._platform.moodle import Moodle, read_time
from nbjudge._platform.plain import Plain
from nbjudge._platform.sheets import BadSheet, Sheet, as_number

SEVERAL = settings(max_examples=150, deadline=None)
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=25)
NAME = TEXT.filter(lambda text: text.strip())
NUMBERS = st.integers(1, 10**12).map(str)


# Whose a file is


@given(NAME, NUMBERS, NAME, st.sampled_from(["/", "_/", "_"]))
@SEVERAL
def test_moodles_names_say_whose_a_file_is_whatever_the_names_are(who, number, file, join):
    who = ours.clean_filename(who.replace("_", " "))
    owner = Moodle().owner(f"{who}_{number}_assignsubmission_file{join}{file}", {number})
    if owner is None:  # a file without a name is nobody's
        assert not file.strip("/")
    else:
        assert (owner.number, owner.name, owner.is_text) == (number, who, False)


def test_a_file_named_like_another_learners_folder_stays_with_its_owner():
    inner = "Bo_102_assignsubmission_file_/ps1.ipynb"
    for join in ("/", "_/", "_"):
        name = f"Ana_101_assignsubmission_file{join}{inner}"
        assert Moodle().owner(name, {"101", "102"}).number == "101"
    name = "kim_2001_9001_2002_9002_ps1.ipynb"  # the file is "2002_9002_ps1.ipynb"
    assert Canvas().owner(name, {"2001", "2002"}) == Owner(
        "2001", "2002_9002_ps1.ipynb", "kim", "9001"
    )


WORD = st.text(st.sampled_from("abzé민ñ_09"), min_size=1, max_size=12)


@given(WORD, NUMBERS, NUMBERS, NAME, st.booleans())
@SEVERAL
def test_canvass_names_say_whose_a_file_is_whatever_the_names_are(who, user, file_id, file, late):
    who = re.sub(r"_(\d+)_", r"\1", who)  # as Canvas does
    file = re.sub(r'[\x00/\\:*?"<>|]+', "_", file)
    parts = [who, *(["LATE"] if late else []), user, file_id, file]
    owner = Canvas().owner("_".join(parts), {user})
    numbers = [part for part in who.split("_") if part.isdecimal()]
    if user not in numbers:  # a name that ends in another learner's number says two things
        assert (owner.number, owner.attachment) == (user, file_id)
        assert owner.late or not late


@given(WORD, NUMBERS, NUMBERS, st.sampled_from(["04_chart_the_trade", "ps1", "2024_5"]))
@SEVERAL
def test_canvas_takes_a_page_back_for_the_learner_it_came_from(who, user, file_id, assignment):
    owner = Canvas().owner(f"{who}_{user}_{file_id}_x.ipynb", {user})
    if owner.number != user or owner.attachment != file_id:
        return
    name = Canvas().page_name(Learner(user, user), owner, assignment)
    numbers = [part for part in name.split("_") if re.fullmatch(r"\d+", part)]
    assert numbers[:2] == [user, file_id]  # infer_comment_context_from_filename
    assert name.endswith(".html")


@given(NAME, NUMBERS)
@SEVERAL
def test_moodle_takes_a_page_back_for_the_learner_it_belongs_to(who, number):
    name = Moodle().page_name(Learner(number, number, who), None, "04_chart_the_trade")
    assert "/" not in name and not name.startswith((".", "~"))
    parts = name.split("_", 4)  # is_valid_filename_for_import
    assert parts[1:] == [number, "assignfeedback", "file", "04_chart_the_trade.html"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("LATE_anon_xK3fQ_990_a_b.ipynb", Owner("xK3fQ", "a_b.ipynb", "anon", "990", late=True)),
        ("anon_12345_990_w.ipynb", Owner("12345", "w.ipynb", "anon", "990")),
        ("anon_xK3fQ_text.html", Owner("xK3fQ", "anon_xK3fQ_text.html", "anon", is_text=True)),
        ("kim_late_7_9_w.ipynb", Owner("7", "w.ipynb", "kim_late", "9", late=True)),  # older
        ("kim_7_text.html", Owner("7", "kim_7_text.html", is_text=True)),
        ("kim_7_9_text.html", Owner("7", "text.html", "kim", "9")),  # a file of that name
        ("kim_7_link.html", Owner("7", "kim_7_link.html", is_text=True)),
        ("w.ipynb", None),
    ],
)  # fmt: skip
def test_canvass_names_as_its_source_writes_them(name, expected):
    assert Canvas().owner(name, {"7", "xK3fQ"}) == expected


@pytest.mark.parametrize(
    ("name", "learner"),
    [
        ("ana.ipynb", "ana"),
        ("ana_kim.ipynb", "ana_kim"),
        ("ana_kim_v2.ipynb", "ana_kim"),
        ("anabel.ipynb", None),
        ("ana/hw/final.ipynb", "ana"),
        ("class/ana@x.org homework.ipynb", "ana@x.org"),
        ("anaé.ipynb", None),
    ],
)
def test_in_a_folder_the_longest_id_counts(name, learner):
    owner = Plain().owner(name, {"ana", "ana_kim", "ana@x.org"})
    assert (owner and owner.number) == learner


@given(TEXT)
@SEVERAL
def test_a_key_is_always_one_folders_name(text):
    if safe_key(text):
        assert "/" not in text and "\\" not in text and text not in (".", "..")
        assert text[0] not in ".-~" and len(text.encode()) <= 4 * 127


# Times


@pytest.mark.parametrize("write", [ours.english_time, ours.german_time, ours.korean_time])
@given(st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31)))
@SEVERAL
def test_moodles_times_are_read_in_three_languages(write, time):
    read = read_time(write(time), UTC)
    assert read == time.replace(second=0, microsecond=0, tzinfo=UTC)


def test_times_are_those_of_the_time_zone_and_others_are_none():
    read = read_time("Thursday, 12 March 2026, 12:05 AM", ZoneInfo("Europe/Berlin"))
    assert read.astimezone(UTC) == datetime(2026, 3, 11, 23, 5, tzinfo=UTC)
    for text in ("", "-", "jeudi 12 mars 2026, 15:05", "12 March", "31 February 2026, 1:00 PM"):
        assert read_time(text, UTC) is None


# Worksheets


FIELD = st.text(st.sampled_from('ab,;"\n\té민 1'), max_size=6)


@given(
    st.lists(st.lists(FIELD, min_size=3, max_size=3), min_size=1, max_size=5),
    st.sampled_from(",;\t"),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    FIELD,
)
@SEVERAL
def test_a_worksheet_is_the_same_outside_the_filled_fields(rows, sign, end, bom, quoting, new):
    def written(rows):
        held = io.StringIO(newline="")
        csv.writer(held, delimiter=sign, lineterminator=end, quoting=quoting).writerows(rows)
        return (b"\xef\xbb\xbf" if bom else b"") + held.getvalue().encode()

    rows = [["id", "grade", "x"], *([f"r{i}", row[1], row[2]] for i, row in enumerate(rows))]
    sheet = Sheet("w.csv", written(rows))
    assert sheet.delimiter == sign.encode()
    assert [[field.text for field in row] for row in sheet.lines] == rows
    assert sheet.filled({}) == sheet.content
    place = len(sheet.rows) - 1
    back = Sheet("w.csv", sheet.filled({(place, 1): new}))
    rows[-1][1] = new
    assert [[field.text for field in row] for row in back.lines] == rows
    if quoting == csv.QUOTE_ALL:  # a field that was in quotation marks still is
        assert back.content == written(rows)
    begin, left = sheet.rows[place][1].begin, len(sheet.content) - sheet.rows[place][1].end
    assert back.content[:begin] == sheet.content[:begin]
    assert back.content[len(back.content) - left :] == sheet.content[len(sheet.content) - left :]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("27.00", 27),
        (" 27,50 ", 27.5),
        ("", None),
        ("1,000.00", None),
        ("nan", None),
        ("1e9", None),
    ],
)
def test_numbers_with_a_point_or_a_comma(text, number):
    assert as_number(text) == number


def sheet_of(*lines):
    return Sheet("w.csv", "\n".join(lines).encode())


def test_an_unclear_column_is_asked_about():
    with pytest.raises(BadSheet, match=r'add --column="HEADING", with one of Id, A, Best, C, Top'):
        Moodle().target(sheet_of("Id,A,Best,C,Top", "P1,,9,,8", "P2,,9,,8"), "ps1", "")
    sheet = sheet_of("Student,ID,Section,One (1),Two (2)", "Kim,7,s,,", "Li,8,s,,")
    with pytest.raises(BadSheet, match=r'--column=HEADING, with one of "One \(1\)", "Two \(2\)"'):
        Canvas().target(sheet, "ps1", "")
    assert Canvas().target(sheet, "ps1", "Two (2)").column == 4
    assert Canvas().target(sheet, "07_two", "").column == 4
    with pytest.raises(BadSheet, match="has no column 'Three'"):
        Canvas().target(sheet, "ps1", "Three")


def test_a_worksheet_without_names_or_addresses_goes_by_number():
    sheet = sheet_of(
        "Identifier,Status,Grade,Maximum grade,Grade can be changed,Last modified (submission)",
        "Participant 101,Submitted for grading,,10.00,Yes,-",
        "Participant 102,Submitted for grading,,10.00,Yes,-",
        "Participant 103,Submitted for grading,,10.00,Yes,-",
    )
    found = [(one.key, one.number, one.full_name) for one in Moodle().roster(sheet)]
    assert found == [("101", "101", ""), ("102", "102", ""), ("103", "103", "")]
    assert Moodle().target(sheet, "ps1", "").column == 2


# Archives


@given(st.binary(max_size=200))
@SEVERAL
def test_bytes_that_call_themselves_a_zip_are_read_or_refused(content):
    for damaged in (content, b"PK\x03\x04" + content, spoiled(content)):
        try:
            files = opened_up({"work.zip": damaged}, Quota())
        except NotReadable as error:
            assert error.arrival is not Arrival.COLLECTED
        else:
            assert all(isinstance(value, bytes) for value in files.values())


def spoiled(content):
    """A good zip with some of its bytes replaced."""
    good = bytearray(ours.zipped(**{"a/ps1.ipynb": b"{}" * 50, "b.csv": b"1,2\n" * 50}))
    for place, byte in enumerate(content):
        good[place * 7919 % len(good)] = byte
    return bytes(good)


@given(st.lists(TEXT, max_size=8))
@SEVERAL
def test_any_names_in_an_archive_stay_names(names):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name in {name for name in names if name}:
            archive.writestr(zipfile.ZipInfo(name), b"x")
    files = opened_up({"w.zip": content.getvalue()}, Quota())
    assert all(value == b"x" for value in files.values())


def test_limits_of_bytes_members_ratio_and_depth(monkeypatch):
    def arrival(content):
        with pytest.raises(NotReadable) as error:
            opened_up({"w.zip": content}, Quota())
        return error.value.arrival

    assert arrival(ours.bomb()) is Arrival.TOO_LARGE
    many = ours.zipped(**{f"{i}.csv": b"" for i in range(archives.MOST_MEMBERS + 1)})
    assert arrival(many) is Arrival.TOO_LARGE
    assert arrival(ours.deep(b"{}", archives.DEEPEST_ARCHIVE + 1)) is Arrival.TOO_DEEP
    monkeypatch.setattr(archives, "MOST_BYTES", 1000)
    wide = ours.zipped(a=bytes(range(250)) * 3, b=bytes(range(250)) * 3)
    assert arrival(wide) is Arrival.TOO_LARGE
    lies = ours.zipped(**{"a.ipynb": b"0" * 900}).replace(
        (900).to_bytes(4, "little"), (10).to_bytes(4, "little")
    )
    assert arrival(lies) is Arrival.BROKEN
