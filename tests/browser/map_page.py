"""What a reader of a map may ask: names that cover nothing and stand by their places, dashes seen.

Measured in the page of a map, where Leaflet has drawn it.
"""

WIDTHS = {"1280": 1280, "200%": 640, "phone": 390}  # twice as large is half as wide
PICTURES = [1280, 390]  # widths in which people look at whole notebooks

# Leaflet flies to the bounds: a picture on the way shows blurred and cut shapes.
LANDED = "!document.querySelector('.leaflet-zoom-anim, .leaflet-pan-anim')"
# Maps fit their bounds when they are made: make them again at another width, and let two
# frames pass before and after, for JupyterLab to lay out the page and Leaflet to take off.
REDRAW_MAPS = """async () => {
  const frames = page => new Promise(
    done => page.requestAnimationFrame(() => page.requestAnimationFrame(done)));
  await frames(window);
  await Promise.all([...document.querySelectorAll('.jp-Notebook iframe')].map(async map => {
    await new Promise(done => { map.onload = done; map.srcdoc += ''; });
    await frames(map.contentWindow);
  }));
}"""

# Names that cover one another or another place's dot, that are cut, or that stand nearer to
# another place's dot than to their own. A name that is hidden until a tap covers nothing.
NAME_TROUBLES = """() => {
  const map = Object.entries(window).find(([name]) => /^map_\\d+$/.test(name))[1];
  const frame = map.getContainer().getBoundingClientRect();
  const dots = [], names = [], troubles = [];
  map.eachLayer(layer => {
    let spot = null;
    if (layer instanceof L.CircleMarker) {
      const at = map.latLngToContainerPoint(layer.getLatLng());
      spot = {x: frame.left + at.x, y: frame.top + at.y};
      dots.push(spot);
    }
    const label = layer.getTooltip?.()?.getElement();
    if (!label || getComputedStyle(label).visibility === 'hidden') return;
    const box = label.getBoundingClientRect();
    if (box.right < frame.left || box.left > frame.right) return;
    if (box.bottom < frame.top || box.top > frame.bottom) return;
    names.push({text: label.textContent.trim(), spot, box});
  });
  const away = (box, dot) => Math.hypot(
    Math.max(box.left - dot.x, 0, dot.x - box.right),
    Math.max(box.top - dot.y, 0, dot.y - box.bottom));
  names.forEach(({text, spot, box}, i) => {
    if (box.left < frame.left - 1 || box.right > frame.right + 1) troubles.push(text + ' is cut');
    names.slice(i + 1).forEach(other => {
      const wide = Math.min(box.right, other.box.right) - Math.max(box.left, other.box.left);
      const high = Math.min(box.bottom, other.box.bottom) - Math.max(box.top, other.box.top);
      if (wide > 1 && high > 1) troubles.push(text + ' and ' + other.text);
    });
    if (!spot) return;
    dots.filter(dot => dot.x !== spot.x || dot.y !== spot.y).forEach(dot => {
      if (away(box, dot) < 2) troubles.push(text + ' covers the dot of another place');
      else if (away(box, dot) < away(box, spot))
        troubles.push(text + ' is nearer to the dot of another place');
    });
  });
  return troubles;
}"""

# Dashed lines that a reader takes for solid ones: between the rings at their ends there is no room
# for two dashes with a gap, or round ends fill the gaps. And solid lines under dashed ones.
LINE_TROUBLES = """() => {
  const lines = [...document.querySelectorAll('.leaflet-pane svg path[fill="none"]')];
  const dashes = line => getComputedStyle(line).strokeDasharray.match(/[\\d.]+/g)?.map(Number);
  const troubles = [];
  lines.filter(dashes).forEach(line => {
    const [dash, gap] = dashes(line);
    if (line.getTotalLength() - 10 < 2 * dash + gap) troubles.push('a line shows one dash');
    if (getComputedStyle(line).strokeLinecap !== 'butt') troubles.push('dashes have round ends');
    const before = lines.slice(0, lines.indexOf(line));
    if (before.some(other => !dashes(other) && other.getAttribute('d') === line.getAttribute('d')))
      troubles.push('a dashed line lies on a solid one');
  });
  return troubles;
}"""


def map_troubles(page, width):
    """What is wrong with names and lines on the maps of a notebook in a window of this width."""
    if not page.locator(".jp-Notebook iframe").count():
        return []
    page.set_viewport_size({"width": width, "height": 900})
    page.evaluate(REDRAW_MAPS)
    found = []
    for number, map_ in enumerate(page.locator(".jp-Notebook iframe").element_handles()):
        map_.content_frame().wait_for_function(LANDED)
        troubles = map_.content_frame().evaluate(NAME_TROUBLES)
        troubles += map_.content_frame().evaluate(LINE_TROUBLES)
        found += [f"map {number} at {width} px: {trouble}" for trouble in troubles]
    page.set_viewport_size({"width": 1280, "height": 900})
    return found
