"""Make plain folium maps draw without a network.

Folium's pages link to libraries on the web. This package puts the same libraries into the page.
Lessons need no import for it: the installed `ipython_kernel_config.py` loads it as an IPython
extension in every kernel. A plain script calls `offline_maps.install()`.

All of folium's ways out (display in a notebook, `save`, `get_root().render()`) pass through
`branca.element.Figure.render`, so this one method is hooked, when branca is first imported.
A page with a link that is not known here, such as a folium plugin's, keeps that link and all
that the plugin may need, so that it works online as it would without this package.

Small numbers take the place of the random ids in a page, so that the same map gives the same
bytes. They need to be unique in one page only: each map is a page or a frame of its own.
"""

import base64
import json
import re
import sys
from collections.abc import Iterator
from functools import cache
from html import escape
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any

__all__ = ["install", "load_ipython_extension", "self_contained"]

VENDOR = Path(__file__).with_name("vendor")

# The links of folium 0.20.0, without their hosts, and the vendored file for each.
LIBRARIES = {
    "npm/leaflet@1.9.3/dist/leaflet.js": "leaflet.js",
    "npm/leaflet@1.9.3/dist/leaflet.css": "leaflet.css",
    "ajax/libs/d3/3.5.5/d3.min.js": "d3.min.js",
}
_AWESOME = "ajax/libs/Leaflet.awesome-markers/2.0.2/leaflet.awesome-markers"
ICONS = {  # only a map with folium.Icon needs these
    _AWESOME + ".js": "leaflet.awesome-markers.js",
    _AWESOME + ".css": "leaflet.awesome-markers.css",
}

# Folium itself uses jQuery in two ways: $(html)[0] for popups, $(document).ready(function).
DOLLAR = """<script>
function $(what) {
    if (what === document) return {ready: (run) => setTimeout(run)};
    const box = document.createElement("template");
    box.innerHTML = what.trim();
    return box.content.children;
}
</script>"""
# A round dot stands for the symbol in a folium.Icon, whose font is too large to carry along.
DOT = """<style>
.awesome-marker i {width: 10px; height: 10px; border-radius: 50%; background: currentColor}
</style>"""
STAND_INS = {
    "jquery-3.7.1.min.js": DOLLAR,
    "npm/@fortawesome/fontawesome-free@6.2.0/css/all.min.css": DOT,
    # Folium links to these but its own elements use nothing in them.
    "npm/bootstrap@5.2.2/dist/js/bootstrap.bundle.min.js": "",
    "npm/bootstrap@5.2.2/dist/css/bootstrap.min.css": "",
    "bootstrap/3.0.0/css/bootstrap-glyphicons.css": "",
    "gh/python-visualization/folium/folium/templates/leaflet.awesome.rotate.min.css": "",
    **dict.fromkeys(ICONS, ""),
}

# Leaflet's own credit shows the flag of one party to the war that the course is about, beside its
# name. The course takes no side, so the name stays and the flag goes.
CREDIT = '<a href="https://leafletjs.com">Leaflet</a>'

# A map that is wide on a laptop would be too low on a phone: whatever lies in the north of a map
# that was told no place to show would be cut off.
FLAT, LOWEST = "60%", "320px"  # a map's height: branca's own, a share of its width; ours at least

LINK = re.compile(
    r'<script src="([^"]+)"></script>|<link rel="stylesheet" href="([^"]+)"/>',
)
RANDOM_ID = re.compile(r"(?<=_)[0-9a-f]{32}(?![0-9a-f])")
NO_ZOOM = re.compile(r",\s*maximum-scale=1\.0, user-scalable=no")
UNTRUSTED = "Make this Notebook Trusted to load map: File -> Trust Notebook"


def _picture(name: str) -> str:
    """Return a vendored picture as a data URI."""
    return "data:image/png;base64," + base64.b64encode((VENDOR / name).read_bytes()).decode()


@cache
def _inline(name: str) -> str:
    """Return a vendored library as an element of the page, with its pictures in it."""
    text = (VENDOR / name).read_text(encoding="utf-8").strip()
    text = f"/* {name}: its licence is in the folder offline_maps/vendor */\n{text}"
    if name.endswith(".css"):
        # The rules for sharper screens would carry the pins a second time, twice as large.
        text = re.sub(r"/\* Retina displays \*/.*?\n}\n", "", text, flags=re.DOTALL)
        text = re.sub(
            r"url\('?images/([\w.@-]+)'?\)", lambda link: f"url({_picture(link[1])})", text
        )
        return f"<style>\n{text}\n</style>"
    if name == "leaflet.js":
        text = text.replace("//# sourceMappingURL=leaflet.js.map", "")
        pictures = {
            "iconUrl": _picture("marker-icon.png"),
            "iconRetinaUrl": _picture("marker-icon-2x.png"),
            "shadowUrl": _picture("marker-shadow.png"),
        }
        # Leaflet looks for these pictures beside its style sheet unless it is told otherwise.
        text += (
            '\nL.Icon.Default.imagePath = "";'
            f"\nL.Icon.Default.mergeOptions({json.dumps(pictures)});"
            f"\nL.Control.Attribution.mergeOptions({json.dumps({'prefix': CREDIT})});"
        )
    return f"<script>\n{text}\n</script>"


def _path(link: re.Match[str]) -> str:
    """Return a link's address without its host."""
    return (link[1] or link[2]).split("/", 3)[-1]


def self_contained(page: str) -> str:
    """Return a page of folium with its libraries in it, steady ids, a language and a title."""
    has_icons = "L.AwesomeMarkers" in page
    has_plugin = any(
        path not in LIBRARIES and path not in STAND_INS for path in map(_path, LINK.finditer(page))
    )

    def swap(link: re.Match[str]) -> str:
        path = _path(link)
        if path in LIBRARIES:
            return _inline(LIBRARIES[path])
        if path in ICONS and has_icons:
            return _inline(ICONS[path])
        return link[0] if has_plugin else STAND_INS[path]

    ids: dict[str, str] = {}
    page = RANDOM_ID.sub(lambda found: ids.setdefault(found[0], str(len(ids) + 1)), page)
    page = page.replace("<html>", '<html lang="en">', 1)
    if "<title>" not in page:
        page = page.replace("<head>", "<head>\n<title>Map</title>", 1)
    return LINK.sub(swap, NO_ZOOM.sub("", page))


def _children_below(element: Any) -> Iterator[dict[str, Any]]:
    """Yield the dictionary of children of an element of branca and of all elements below it."""
    yield element._children
    for child in element._children.values():
        yield from _children_below(child)


def _patch(element: ModuleType) -> None:
    """Hook `branca.element`, once."""
    figure = element.Figure
    if figure.render.__module__ == __name__:
        return
    branca_render, branca_show = figure.render, figure._repr_html_

    def render(self: Any, **kwargs: Any) -> str:
        # Rendering leaves new elements behind, with which a second time would differ: forget them.
        for children, added in self.__dict__.pop("_added_by_render", ()):
            for key in added:
                children.pop(key, None)
        roots = (self, self.header, self.html, self.script)
        before = [(kids, set(kids)) for root in roots for kids in _children_below(root)]
        page = branca_render(self, **kwargs)
        self._added_by_render = [(kids, kids.keys() - names) for kids, names in before]
        return self_contained(page)

    def show(self: Any, **kwargs: Any) -> str:
        frame: str = branca_show(self, **kwargs)
        frame = frame.replace(f"padding-bottom:{FLAT};", f"padding-bottom:max({FLAT}, {LOWEST});")
        named = f'<iframe title="{escape(self.title or "Map")}" '
        frame = frame.replace("<iframe ", named, 1)
        # JupyterLab has no such menu entry, and to run the cell is enough.
        return frame.replace(UNTRUSTED, "Run this cell to draw the map.", 1)

    def name(self: Any) -> str:
        return f"<folium {type(self).__name__}>"  # without a memory address: the same each time

    figure.render, figure._repr_html_, element.Element.__repr__ = render, show, name


class _BrancaFinder:
    """Finds `branca.element` and hooks it when it is first imported; leaves all else alone."""

    @staticmethod
    def find_spec(name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if name != "branca.element":
            return None
        spec = PathFinder.find_spec(name, path)
        if spec and spec.loader:
            execute = spec.loader.exec_module

            def execute_and_patch(module: ModuleType) -> None:
                execute(module)
                _patch(module)

            spec.loader.exec_module = execute_and_patch  # type: ignore[method-assign]
        return spec


def install() -> None:
    """Make folium's maps self-contained in this Python from now on. Safe to call again."""
    if "branca.element" in sys.modules:
        _patch(sys.modules["branca.element"])
    elif _BrancaFinder not in sys.meta_path:
        sys.meta_path.insert(0, _BrancaFinder)


def load_ipython_extension(ipython: Any) -> None:
    """Called by IPython when a kernel starts."""
    install()
