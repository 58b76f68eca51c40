"""Pictures of the report, as SVG: drawn for a phone's width, each with its words for those who do
not see it."""

import math
from collections.abc import Iterable

import pandas as pd
from markupsafe import Markup, escape

WIDTH = 360
INK, BAR, FAINT = "#1b1b1b", "#2f5d8c", "#b5b5b5"


def svg(height: float, words: str, parts: Iterable[str]) -> Markup:
    body = "".join(parts)
    return Markup(
        f'<svg viewBox="0 0 {WIDTH} {height:g}" role="img" aria-label="{escape(words)}" '
        f'font-size="13" fill="{INK}">{body}</svg>'
    )


def text(x: float, y: float, words: object, anchor: str = "start") -> str:
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}">{escape(str(words))}</text>'


def box(x: float, y: float, width: float, height: float) -> str:
    return f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" fill="{BAR}"/>'


def line(x1: float, y1: float, x2: float, y2: float, ink: str = INK, width: float = 1) -> str:
    ends = f'x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}"'
    return f'<line {ends} stroke="{ink}" stroke-width="{width:g}"/>'


def dot(x: float, y: float) -> str:
    return f'<circle cx="{x:g}" cy="{y:g}" r="5" fill="{BAR}"/>'


def histogram(shares: pd.Series) -> Markup:
    """How many learners have which part of the points, in ten steps; 100% is in the last."""
    if shares.empty:
        return Markup("")
    steps = (shares * 10).astype(int).clip(0, 9)
    counts = [int((steps == step).sum()) for step in range(10)]
    said = [f"{10 * s} to {10 * s + 10}%: {n}" for s, n in enumerate(counts) if n]
    parts, tall, wide = [], 110 / max(counts), 32
    for step, count in enumerate(counts):
        x, high = 20 + step * wide, tall * count
        if count:
            parts += [box(x + 2, 135 - high, wide - 4, high)]
            parts += [text(x + wide / 2, 130 - high, count, "middle")]
        if step % 2 == 0:
            parts.append(text(x, 152, f"{10 * step}%", "middle"))
    parts += [text(20 + 10 * wide, 152, "100%", "middle"), line(20, 135, 340, 135)]
    words = f"Number of learners by their part of the points. {'; '.join(said)}."
    return svg(160, words, parts)


def intervals(rows: Iterable[tuple[str, float, float, float]]) -> Markup:
    """The mean part of the points of each question, with its interval."""
    known = [row for row in rows if not math.isnan(row[1])]
    if not known:
        return Markup("")
    left, wide, bottom = 100, 235, 26 * len(known) + 8

    def at(share: float) -> float:
        return left + wide * share

    parts = [line(at(share / 4), 4, at(share / 4), bottom, FAINT) for share in range(5)]
    parts += [text(at(s / 2), bottom + 16, f"{50 * s}%", "middle") for s in range(3)]
    for row, (name, mean, low, high) in enumerate(known):
        y = 18 + 26 * row
        parts += [text(4, y + 4, name), line(at(low), y, at(high), y, INK, 2), dot(at(mean), y)]
    said = "; ".join(
        f"{n}: {100 * m:.0f}% ({100 * a:.0f} to {100 * b:.0f})" for n, m, a, b in known
    )
    return svg(bottom + 24, f"Mean part of the points, with its interval. {said}.", parts)


def progress(table: pd.DataFrame) -> Markup:
    """The middle score of each assignment, with the middle half of the class."""
    rows = [
        (str(row.assignment).partition("_")[0], row.median, row.lower_quarter, row.upper_quarter)
        for row in table.itertuples()
        if not math.isnan(row.median)
    ]
    if len(rows) < 2:
        return Markup("")
    left, step = 44, min(60, 300 / len(rows))

    def up(share: float) -> float:
        return 130 - 110 * share

    parts = [line(left, up(s / 2), 350, up(s / 2), FAINT) for s in range(3)]
    parts += [text(left - 6, up(s / 2) + 4, f"{50 * s}%", "end") for s in range(3)]
    for number, (name, middle, low, high) in enumerate(rows):
        x = left + step * (number + 0.5)
        parts += [line(x, up(low), x, up(high), INK, 3), dot(x, up(middle))]
        parts.append(text(x, 150, name, "middle"))
    said = "; ".join(
        f"{n}: middle {100 * m:.0f}%, half of the class {100 * a:.0f} to {100 * b:.0f}%"
        for n, m, a, b in rows
    )
    return svg(158, f"Scores by assignment. {said}.", parts)
