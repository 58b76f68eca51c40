"""What the installed package offline_maps promises: plain folium maps need no network."""

import hashlib
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import folium
import folium.plugins
import nbformat
import offline_maps
import pandas as pd
import pytest
from nbclient import NotebookClient
from offline_maps import renew_vendor

offline_maps.install()

# Two countries in a few strokes: enough to be drawn, coloured and pointed at.
WORLD = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"iso3": code, "name": name},
            "geometry": {"type": "Polygon", "coordinates": [ring]},
        }
        for code, name, ring in [
            ("CHN", "China", [[75, 38], [98, 42], [120, 50], [120, 24], [98, 24], [75, 38]]),
            ("RUS", "Russia", [[30, 60], [60, 68], [170, 68], [130, 45], [40, 45], [30, 60]]),
            ("IND", "India", [[70, 24], [78, 33], [90, 26], [78, 8], [70, 24]]),
        ]
    ],
}
CHROMIUM = Path("/usr/bin/chromium")
BEIJING, MOSCOW = [39.9, 116.4], [55.8, 37.6]


def world(**options) -> folium.GeoJson:
    return folium.GeoJson(WORLD, **options)


def choropleth(**options) -> folium.Choropleth:
    votes = pd.DataFrame({"iso3": ["CHN", "RUS", "IND"], "value": [1, 2, 3]})
    key = "feature.properties.iso3"
    columns = ["iso3", "value"]
    return folium.Choropleth(WORLD, data=votes, columns=columns, key_on=key, **options)


def group() -> folium.FeatureGroup:
    layer = folium.FeatureGroup(name="Capitals")
    folium.CircleMarker(BEIJING).add_to(layer)
    return layer


# One entry for each thing of folium that the course may use.
FEATURES = {
    "GeoJson": world,
    "GeoJsonTooltip": lambda: world(tooltip=folium.GeoJsonTooltip(["name"])),
    "GeoJsonPopup": lambda: world(popup=folium.GeoJsonPopup(["name"])),
    "CircleMarker": lambda: folium.CircleMarker(BEIJING, radius=9),
    "PolyLine": lambda: folium.PolyLine([BEIJING, MOSCOW]),
    "Marker": lambda: folium.Marker(BEIJING),
    "Icon": lambda: folium.Marker(BEIJING, icon=folium.Icon(color="red")),
    "DivIcon": lambda: folium.Marker(BEIJING, icon=folium.DivIcon(html="Beijing")),
    "Popup": lambda: folium.Marker(BEIJING, popup=folium.Popup("Beijing", max_width=200)),
    "lazy Popup": lambda: folium.Marker(BEIJING, popup=folium.Popup("Beijing", lazy=True)),
    "Tooltip": lambda: folium.Marker(BEIJING, tooltip=folium.Tooltip("Beijing")),
    "FeatureGroup": group,
    "LayerControl": folium.LayerControl,
    "Choropleth": choropleth,
}


def small_map(*names: str) -> folium.Map:
    m = folium.Map(tiles=None)
    for name in names:
        FEATURES[name]().add_to(m)
    m.fit_bounds([[0, -100], [65, 140]])
    return m


class Links(HTMLParser):
    """Collects what a browser would fetch for a page: src and href of its elements."""

    def __init__(self, page: str):
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        if tag != "a":  # a link to click is not fetched
            self.found += [value for name, value in attrs if name in ("src", "href") and value]


def to_fetch(page: str) -> list[str]:
    """Return a page's links, and those in its style sheets, that do not hold their content."""
    styles = "".join(re.findall(r"<style>(.*?)</style>", page, re.DOTALL))
    in_styles = re.findall(r"url\(['\"]?([^)'\"]*)", styles)
    links = Links(page).found + in_styles
    return [link for link in links if not link.startswith(("data:", "#"))]


@pytest.mark.parametrize("feature", FEATURES)
def test_page_asks_for_nothing(feature):
    assert to_fetch(small_map(feature).get_root().render()) == []


def test_the_check_for_links_sees_links():
    page = '<script src="https://a.org/a.js"></script><style>p {background: url("b.png")}</style>'
    assert to_fetch(page) == ["https://a.org/a.js", "b.png"]


@pytest.mark.parametrize("feature", FEATURES)
def test_same_map_built_twice_gives_same_bytes(feature):
    assert small_map(feature).get_root().render() == small_map(feature).get_root().render()


def test_one_map_rendered_again_gives_same_bytes():
    m = small_map(*FEATURES)
    first = m.get_root().render()
    assert m.get_root().render() == first
    assert m._repr_html_() == m._repr_html_()


def test_what_is_added_between_two_renders_is_drawn_once():
    m = small_map("GeoJson")
    m.get_root().render()
    folium.CircleMarker(MOSCOW).add_to(m)
    page = m.get_root().render()
    assert page.count("L.circleMarker(") == 1
    plain = small_map("GeoJson")
    folium.CircleMarker(MOSCOW).add_to(plain)
    assert page.count(".addTo(") == plain.get_root().render().count(".addTo(")


def test_own_html_on_the_page_survives_a_second_render():
    m = small_map("CircleMarker")
    m.get_root().html.add_child(folium.Element("<p>Source: UN</p>"))
    m.get_root().render()
    assert m.get_root().render().count("<p>Source: UN</p>") == 1


def test_every_id_in_a_page_is_its_own():
    page = small_map(*FEATURES).get_root().render()
    declared = re.findall(r"^\s*var (\w+_\d+) =", page, re.MULTILINE)
    assert len(declared) > len(FEATURES)
    assert len(declared) == len(set(declared))


def test_different_maps_give_different_pages_each_in_its_own_frame():
    one, two = small_map("CircleMarker")._repr_html_(), small_map("PolyLine")._repr_html_()
    assert one != two
    assert one.count("<iframe ") == two.count("<iframe ") == 1


def test_repr_holds_no_address():
    assert repr(folium.Map(tiles=None)) == "<folium Map>"
    assert repr(folium.CircleMarker(BEIJING)) == "<folium CircleMarker>"


def test_page_has_language_title_and_zoom():
    page = small_map("CircleMarker").get_root().render()
    assert '<html lang="en">' in page
    assert page.count("<title>") == 1 and "<title>Map</title>" in page
    assert "user-scalable=no" not in page


def test_frame_has_title_and_an_untrusted_notebook_says_what_to_do():
    m = small_map("CircleMarker")
    frame = m._repr_html_()
    assert '<iframe title="Map" ' in frame
    assert "Run this cell to draw the map." in frame
    assert "Trust Notebook" not in frame


def test_a_map_is_never_too_low_and_own_heights_are_kept():
    m = small_map("CircleMarker")
    assert "padding-bottom:max(60%, 320px);" in m._repr_html_()
    m.get_root().ratio = "40%"
    assert "padding-bottom:40%;" in m._repr_html_()


def test_own_title_is_kept_and_escaped_in_the_frame():
    m = small_map("CircleMarker")
    m.get_root().title = 'Votes "for"'
    assert '<iframe title="Votes &quot;for&quot;" ' in m._repr_html_()
    assert m.get_root().render().count("<title>") == 1


def test_links_of_a_plugin_stay_with_all_it_may_need():
    m = small_map("Marker")
    folium.plugins.Fullscreen().add_to(m)
    links = to_fetch(m.get_root().render())
    plugin = [url for _, url in folium.plugins.Fullscreen.default_js]
    assert set(plugin) <= set(links)
    assert "https://code.jquery.com/jquery-3.7.1.min.js" in links
    assert not [link for link in links if "/leaflet@" in link]


def test_only_a_map_with_icons_carries_their_pictures():
    assert ".awesome-marker-icon-red" in small_map("Icon").get_root().render()
    assert ".awesome-marker-icon-red" not in small_map("Marker").get_root().render()


def test_every_link_of_this_folium_is_known():
    urls = [url for _, url in folium.Map.default_js + folium.Map.default_css]
    paths = {url.split("/", 3)[3] for url in urls}
    assert paths <= offline_maps.LIBRARIES.keys() | offline_maps.STAND_INS.keys()


def test_install_twice_hooks_once():
    before = folium.Figure.render
    offline_maps.install()
    assert folium.Figure.render is before


def run(code: str) -> str:
    """Run code in a fresh Python and return what it prints."""
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def test_hook_comes_with_folium_and_costs_nothing_before():
    code = (
        "import sys, offline_maps; offline_maps.install(); offline_maps.install();"
        "print('branca' in sys.modules);"
        "import folium; print('jsdelivr' in folium.Map(tiles=None).get_root().render())"
    )
    assert run(code).split() == ["False", "False"]


def test_without_the_hook_folium_asks_the_web():
    code = "import folium; print('jsdelivr' in folium.Map(tiles=None).get_root().render())"
    assert run(code) == "True"


def test_vendored_files_are_the_recorded_ones():
    recorded = {}
    for files in renew_vendor.SOURCES.values():
        recorded |= dict(files.values())
    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in offline_maps.VENDOR.iterdir()
    }
    assert found == recorded
    assert {"LICENSE-leaflet.txt", "LICENSE-d3.txt", "LICENSE-awesome-markers.txt"} <= set(found)


@pytest.fixture(scope="module")
def notebook_output():
    """What a real kernel gives for plain folium code, with no import of offline_maps."""
    code = "import folium\nfolium.Map(tiles=None)"
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    NotebookClient(nb, kernel_name="python3", timeout=120).execute()
    (output,) = nb.cells[0].outputs
    return output


def test_kernel_draws_plain_folium_without_links(notebook_output):
    html = notebook_output.data["text/html"]
    assert "L.map(" in html
    assert not re.search(r"src=(&quot;|\")http", html)
    assert not re.search(r"href=(&quot;|\")http[^>]*stylesheet|stylesheet[^>]*http", html)


def test_kernel_gives_a_steady_text_for_a_map(notebook_output):
    assert notebook_output.data["text/plain"] == "<folium Map>"


@pytest.fixture(scope="module")
def browser() -> Iterator:
    """Chromium, cut off from every network by its own resolver."""
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is missing: install the chromium package to run this test")
    from playwright.sync_api import sync_playwright

    flags = [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--host-resolver-rules=MAP * ~NOTFOUND",
    ]
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield chromium
        chromium.close()


# Leaflet flies to the bounds, from the second frame on: what is clicked on the way may be missed.
FRAMES = "() => new Promise(go => requestAnimationFrame(() => requestAnimationFrame(go)))"
LANDED = "!document.querySelector('.leaflet-zoom-anim, .leaflet-pan-anim')"


class Visit:
    """A page in the browser, with all that it asked for and all that went wrong in it."""

    def __init__(self, browser, file: Path, scale: int = 1):
        self.page = browser.new_page(device_scale_factor=scale)
        self.asked: list[str] = []
        self.errors: list[str] = []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("requestfailed", lambda request: self.errors.append(request.url))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.goto(file.as_uri(), wait_until="load")
        self.page.wait_for_selector(".leaflet-control-zoom, iframe", timeout=15_000)
        self.page.evaluate(FRAMES)
        self.page.wait_for_function(LANDED)

    def outside(self) -> list[str]:
        return [url for url in self.asked if not url.startswith(("file:", "data:", "about:"))]


def drawn(page) -> int:
    return page.locator("path.leaflet-interactive").count()


@pytest.mark.browser
@pytest.mark.parametrize("scale", [1, 2])
def test_saved_map_of_every_feature_draws_without_a_network(browser, tmp_path, scale):
    m = folium.Map(tiles=None)
    world(name="Countries").add_to(m)
    folium.PolyLine([BEIJING, MOSCOW]).add_to(m)
    group().add_to(m)
    folium.Marker(MOSCOW, popup="Moscow, Russia").add_to(m)
    folium.Marker([37.6, 127], icon=folium.Icon(color="lightgreen")).add_to(m)
    choropleth(name="Values", legend_name="Values").add_to(m)
    folium.LayerControl(collapsed=False).add_to(m)
    m.fit_bounds([[0, -100], [65, 140]])
    m.save(tmp_path / "map.html")

    visit = Visit(browser, tmp_path / "map.html", scale)
    page = visit.page
    # the countries twice (GeoJson and Choropleth), a line, a circle
    assert drawn(page) == 2 * len(WORLD["features"]) + 2
    assert page.locator("#legend rect").count() > 1  # D3 has drawn the colour scale
    pins = page.locator("img.leaflet-marker-icon")
    assert pins.count() == 1
    assert pins.evaluate("pin => pin.complete && pin.naturalWidth") > 0
    icon = page.locator(".awesome-marker-icon-lightgreen")
    assert "data:image/png" in icon.evaluate("pin => getComputedStyle(pin).backgroundImage")

    # Leaflet is named, without the flag that it adds by itself
    assert page.locator(".leaflet-control-attribution").text_content() == "Leaflet"
    assert page.locator(".leaflet-attribution-flag").count() == 0

    pins.click()
    assert page.locator(".leaflet-popup-content").text_content().strip() == "Moscow, Russia"
    page.get_by_label("Countries").uncheck()
    assert drawn(page) == len(WORLD["features"]) + 2

    assert visit.outside() == []
    assert visit.errors == []


@pytest.mark.browser
def test_layers_kept_in_front_are_moved_there(browser, tmp_path):
    m = folium.Map(tiles=None)
    line = folium.PolyLine([BEIJING, MOSCOW], class_name="kept").add_to(m)
    world().add_to(m)
    m.keep_in_front(line)
    m.save(tmp_path / "map.html")
    visit = Visit(browser, tmp_path / "map.html")
    visit.page.wait_for_function("document.querySelector('path:last-child.kept')")
    assert visit.errors == []


@pytest.mark.browser
def test_map_in_a_notebook_page_draws_without_a_network(browser, tmp_path):
    frames = small_map("GeoJson")._repr_html_() + small_map("GeoJson", "Icon")._repr_html_()
    (tmp_path / "two.html").write_text(f"<!DOCTYPE html><body>{frames}", encoding="utf-8")
    visit = Visit(browser, tmp_path / "two.html")
    for number in range(2):
        frame = visit.page.frame_locator("iframe").nth(number)
        frame.locator("path.leaflet-interactive").last.wait_for(state="attached")
        assert frame.locator("path.leaflet-interactive").count() == len(WORLD["features"])
    assert visit.outside() == []
    assert visit.errors == []
