"""Fetch the vendored files again: a maintainer's script, needs Node.js.

Run:  python packages/offline-maps/offline_maps/renew_vendor.py
It rewrites offline_maps/vendor/ and stops if a file is not the one recorded here.
The versions are the ones that folium 0.20.0 asks for. After a change of folium, look up its
`Map.default_js` and `Map.default_css`, change the versions and sums here and the links in
`__init__.py`, and run packages/offline-maps/tests.

Licences: Leaflet BSD-2-Clause, D3 BSD-3-Clause, Leaflet.awesome-markers MIT.
drmonty-leaflet-awesome-markers 2.0.2 holds version 2.0.2 and states MIT, but ships no licence
text. Its text is taken from leaflet.awesome-markers 2.0.5, which has the same author and the
same bytes of JavaScript.
"""

import hashlib
import subprocess
import tarfile
import tempfile
from pathlib import Path

VENDOR = Path(__file__).with_name("vendor")

# package and version -> file in the package -> (name in vendor/, SHA-256)
SOURCES: dict[str, dict[str, tuple[str, str]]] = {
    "leaflet@1.9.3": {
        "dist/leaflet.js": (
            "leaflet.js",
            "5819285cec137b229c94e1ee5ad73e8b6b84345a4367d60f75fe477fe0fb7b03",
        ),
        "dist/leaflet.css": (
            "leaflet.css",
            "90b693d86392a4779c861b28cf307e7e59c3fb35328c4d8b95f58f814d38c722",
        ),
        "dist/images/layers.png": (
            "layers.png",
            "1dbbe9d028e292f36fcba8f8b3a28d5e8932754fc2215b9ac69e4cdecf5107c6",
        ),
        "dist/images/layers-2x.png": (
            "layers-2x.png",
            "066daca850d8ffbef007af00b06eac0015728dee279c51f3cb6c716df7c42edf",
        ),
        "dist/images/marker-icon.png": (
            "marker-icon.png",
            "574c3a5cca85f4114085b6841596d62f00d7c892c7b03f28cbfa301deb1dc437",
        ),
        "dist/images/marker-icon-2x.png": (
            "marker-icon-2x.png",
            "00179c4c1ee830d3a108412ae0d294f55776cfeb085c60129a39aa6fc4ae2528",
        ),
        "dist/images/marker-shadow.png": (
            "marker-shadow.png",
            "264f5c640339f042dd729062cfc04c17f8ea0f29882b538e3848ed8f10edb4da",
        ),
        "LICENSE": (
            "LICENSE-leaflet.txt",
            "97c194191510b19c72d25094922821a888d5d9bafb909ea7a38c9bf5b6c40a08",
        ),
    },
    "d3@3.5.5": {
        "d3.min.js": (
            "d3.min.js",
            "c641285840b6477b0e5da33c8e768a4f8de0ba80b24db92218016b6ad8fdc754",
        ),
        "LICENSE": (
            "LICENSE-d3.txt",
            "cfbbc38bc63359f41eef41f92314754d6652fd1a17d016de344926d5de34b7d5",
        ),
    },
    "drmonty-leaflet-awesome-markers@2.0.2": {
        "js/leaflet.awesome-markers.min.js": (
            "leaflet.awesome-markers.js",
            "22a8914795f542d01d72ae651b8bc1075fd6c70ad10a49239e8e297ef5b26a0d",
        ),
        "css/leaflet.awesome-markers.css": (
            "leaflet.awesome-markers.css",
            "105a45c816eeb6d509b68a1c633b019c444f59e7b6258cf8727e679140635b40",
        ),
        "css/images/markers-soft.png": (
            "markers-soft.png",
            "e78784e4ed70aaffddd73c315fab590233cc4e7b72388d7dd47a14796fc7c739",
        ),
        "css/images/markers-shadow.png": (
            "markers-shadow.png",
            "8703a2262710f5e3d29e65d2acdf90d6512e159e119d27b8234731d8a6208a20",
        ),
    },
    "leaflet.awesome-markers@2.0.5": {
        "LICENSE": (
            "LICENSE-awesome-markers.txt",
            "eb9cb7abfd51b3d60a390ab572488738cf0278ae974fa06df0201909d1ce6dd6",
        ),
    },
}


def fetch(package: str, files: dict[str, tuple[str, str]]) -> None:
    """Copy the named files of one npm package to vendor/, each checked against its sum."""
    with tempfile.TemporaryDirectory() as folder:
        pack = ["npm", "pack", "--silent", package]
        archive = subprocess.check_output(pack, cwd=folder, text=True).strip()
        with tarfile.open(Path(folder, archive)) as members:
            for member, (name, expected) in files.items():
                packed = members.extractfile(f"package/{member}")
                if packed is None:
                    raise SystemExit(f"{package} {member}: not a file")
                content = packed.read()
                found = hashlib.sha256(content).hexdigest()
                if found != expected:
                    raise SystemExit(f"{package} {member}: SHA-256 is {found}, not {expected}")
                (VENDOR / name).write_bytes(content)


if __name__ == "__main__":
    VENDOR.mkdir(exist_ok=True)
    for package, files in SOURCES.items():
        fetch(package, files)
