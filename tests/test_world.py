"""What the lessons may rely on in data/world.geojson, the country shapes of every map."""

import csv
import importlib.util
import json
import re
from itertools import pairwise
from pathlib import Path

import pytest

DATA = Path(__file__).parent.parent / "data"
FILE = DATA / "world.geojson"
SHAPES = json.loads(FILE.read_text(encoding="utf-8"))["features"]
NAMES = {shape["properties"]["name"]: shape for shape in SHAPES}


def polygons(shape):
    """Return a shape's polygons, whether it has one or several."""
    geometry = shape["geometry"]
    coordinates = geometry["coordinates"]
    return [coordinates] if geometry["type"] == "Polygon" else coordinates


def inside(ring, lat, lon):
    """Count the ring's edges that a ray from the point to the east crosses: odd means inside."""
    crossings = 0
    for (x1, y1), (x2, y2) in pairwise(ring):
        if (y1 > lat) != (y2 > lat) and lon < (x2 - x1) * (lat - y1) / (y2 - y1) + x1:
            crossings += 1
    return crossings % 2 == 1


def shapes_at(lat, lon):
    """Name the shapes in which a place lies: inside an outer ring and in none of its holes."""
    return [
        name
        for name, shape in NAMES.items()
        for outer, *holes in polygons(shape)
        if inside(outer, lat, lon) and not any(inside(hole, lat, lon) for hole in holes)
    ]


# Each line is a statement in data/README.md on whose view the borders are.
DISPUTED = [
    ("Simferopol", 44.95, 34.10, "Ukraine"),
    ("Donetsk", 48.0, 37.8, "Ukraine"),
    ("Luhansk", 48.57, 39.33, "Ukraine"),
    ("Zaporizhzhia", 47.84, 35.14, "Ukraine"),
    ("Kherson", 46.64, 32.61, "Ukraine"),
    ("Taipei", 25.0, 121.5, "Taiwan"),
    ("Pyongyang", 39.03, 125.75, "North Korea"),
    ("Seoul", 37.57, 126.98, "South Korea"),
    ("Iturup", 45.0, 147.9, "Russia"),
    ("Tskhinvali", 42.22, 43.97, "Georgia"),
    ("Tiraspol", 46.85, 29.6, "Moldova"),
    ("Srinagar", 34.1, 74.8, "India"),
    ("Gilgit", 35.9, 74.3, "Pakistan"),
    ("Aksai Chin", 35.1, 79.5, "China"),
    ("Itanagar", 27.1, 93.6, "India"),
    ("Ramallah", 31.9, 35.2, "State of Palestine"),
    ("Gaza", 31.4, 34.4, "State of Palestine"),
    ("Laayoune", 27.1, -13.0, "Western Sahara"),
    ("Pristina", 42.66, 21.17, "Kosovo"),
    ("north of Nicosia", 35.25, 33.4, "Northern Cyprus"),
    ("Hargeisa", 9.56, 44.06, "Somaliland"),
]
# These show that the test itself looks well: a hole in a shape, and a place that nobody disputes.
PLAIN = [
    ("Maseru, in a hole of South Africa", -29.31, 27.48, "Lesotho"),
    ("Paris", 48.85, 2.35, "France"),
]


@pytest.mark.parametrize(("place", "lat", "lon", "shape"), DISPUTED + PLAIN)
def test_place_lies_in_exactly_one_shape_and_the_stated_one(place, lat, lon, shape):
    assert shapes_at(lat, lon) == [shape], place


def test_the_readme_speaks_of_the_places_that_are_tested_and_of_no_others():
    """First column of the table of borders: names with commas, slashes or brackets between."""
    section = README.split("### Whose view the borders are")[1].split("\n### ")[0]
    rows = [line.split("|")[1:3] for line in section.splitlines() if line.startswith("| ")][1:]
    told = set()
    for places, drawn in rows:
        names = re.split(r", | / |\(|\)", places.strip())
        for name in filter(None, map(str.strip, names)):
            told.add(name)
            shapes = [shape for place, _, _, shape in DISPUTED if place == name]
            assert (
                name in WIDER_NAMES
                or any(shape in drawn for shape in shapes)
                or ("a shape of its own" in drawn and shapes)
            ), name
    assert told - WIDER_NAMES == {place for place, *_ in DISPUTED}


README = (DATA / "README.md").read_text(encoding="utf-8")
# Regions that the table names beside the place that is looked up.
WIDER_NAMES = {"Crimea", "Kuril Islands", "Arunachal Pradesh", "Taiwan"}


def test_the_readme_lists_what_has_no_shape_and_what_is_no_member():
    with (DATA / "un_votes.csv").open(encoding="utf-8", newline="") as file:
        members = {row["iso3"]: row["name"] for row in csv.DictReader(file)}
    drawn = {shape["properties"]["iso3"] for shape in SHAPES}
    without = sorted(name for code, name in members.items() if code not in drawn)
    apart = sorted(
        shape["properties"]["name"]
        for shape in SHAPES
        if shape["properties"]["iso3"] not in members
    )
    part = README.split("### What has no shape")[1]
    assert f"{len(without)} of the {len(members)} UN members" in part
    assert f"{len(apart)} of the {len(SHAPES)} shapes are not UN members" in part
    assert [name for name in without + apart if name not in part] == []


def test_every_capital_lies_in_its_own_state():
    with (DATA / "actors.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["iso3"]]
    for row in rows:
        assert shapes_at(float(row["lat"]), float(row["lon"])) == [row["name"]], row["name"]


def test_every_actor_with_a_code_has_a_shape_of_the_same_name():
    with (DATA / "actors.csv").open(encoding="utf-8", newline="") as file:
        actors = {row["iso3"]: row["name"] for row in csv.DictReader(file) if row["iso3"]}
    assert len(actors) >= 14
    named = {shape["properties"]["iso3"]: shape["properties"]["name"] for shape in SHAPES}
    assert {code: named.get(code) for code in actors} == actors


def test_codes_are_iso_codes_and_empty_for_exactly_three_shapes():
    without = set()
    for name, shape in NAMES.items():
        iso3, numeric = shape["properties"]["iso3"], shape["properties"]["iso_numeric"]
        if iso3 == numeric == "":
            without.add(name)
        else:
            assert len(iso3) == 3 and iso3.isupper(), name
            assert len(numeric) == 3 and numeric.isdigit(), name
    assert without == {"Kosovo", "Northern Cyprus", "Somaliland"}


def test_no_code_or_name_is_used_twice():
    codes = [s["properties"]["iso3"] for s in SHAPES if s["properties"]["iso3"]]
    assert len(codes) == len(set(codes)) == 173
    assert len(SHAPES) == len(NAMES) == 176


def test_no_line_crosses_the_map():
    for name, shape in NAMES.items():
        for polygon in polygons(shape):
            for ring in polygon:
                assert ring[0] == ring[-1], name
                steps = [abs(a[0] - b[0]) for a, b in pairwise(ring)]
                assert max(steps) < 90, name
                assert all(-180 <= lon <= 191 and -60 <= lat <= 84 for lon, lat in ring), name


def test_antarctica_is_left_out():
    assert "Antarctica" not in NAMES


def test_file_is_small_and_has_one_feature_a_line():
    raw = FILE.read_bytes()
    assert len(raw) < 145_000
    lines = raw.decode("utf-8").splitlines()
    assert len(lines) == len(SHAPES) + 2
    assert [json.loads(line.rstrip(","))["properties"]["name"] for line in lines[1:-1]] == sorted(
        NAMES
    )


def test_coordinates_have_at_most_one_decimal():
    for name, shape in NAMES.items():
        for polygon in polygons(shape):
            for ring in polygon:
                assert all(round(value, 1) == value for point in ring for value in point), name


@pytest.fixture(scope="module")
def make_world():
    """The script that made the file, loaded from its path: data/ is not a package."""
    spec = importlib.util.spec_from_file_location("make_world", DATA / "make_world.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_script_writes_the_same_bytes_whatever_the_order(make_world):
    text = make_world.to_text(SHAPES[::-1])
    assert text.encode("utf-8") == FILE.read_bytes()


def test_script_draws_a_ring_past_180_degrees_and_not_back_across_the_map(make_world):
    ring = [(179.0, 70.0), (-179.0, 70.0), (-179.0, 71.0), (179.0, 70.0)]
    assert [lon for lon, _ in make_world.past_180(ring)] == [179.0, 181.0, 181.0, 179.0]
    elsewhere = [(-10.0, 0.0), (10.0, 0.0), (0.0, 5.0), (-10.0, 0.0)]
    assert make_world.past_180(elsewhere) == elsewhere


def test_script_walks_arcs_forwards_and_backwards(make_world):
    topology = {
        "transform": {"scale": [0.5, 0.5], "translate": [10, 20]},
        "arcs": [[[0, 0], [2, 0], [0, 2]], [[0, 0], [0, 2], [2, 0]]],
    }
    arcs = make_world.absolute_arcs(topology)
    assert make_world.join([0, ~1], arcs) == [(10, 20), (11, 20), (11, 21), (10, 21), (10, 20)]
