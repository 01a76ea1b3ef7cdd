"""A picture of small panels, both axes logarithmic, as plain SVG that is read on
a light page and on a dark one."""

import math
from html import escape

WIDTH, HEIGHT, COLUMNS = 300, 230, 3
LEFT, RIGHT, ABOVE, BELOW = 52, 14, 34, 42
COLOURS = (("#0a63c2", "#6cb2ff"), ("#b8480a", "#ffa657"), ("#1a7f37", "#56d364"))
STYLE = """
svg { font: 11px sans-serif }
.page { fill: #fff } .text { fill: #24292f } .grid { stroke: #d0d7de } .frame { stroke: #57606a }
.title { font-weight: bold; font-size: 12px }
"""
DARK = """
.page { fill: #0d1117 } .text { fill: #e6edf3 } .grid { stroke: #30363d } .frame { stroke: #8b949e }
"""


def colours(which):
    return "".join(
        f".s{i} {{ stroke: {pair[which]}; fill: {pair[which]} }}\n"
        for i, pair in enumerate(COLOURS)
    )


def ticks(low, high):
    """1, 2 and 5 of each decade between the two, or else the decades."""
    found = [
        m * 10.0**e
        for e in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
        for m in (1, 2, 5)
        if low * 0.999 <= m * 10.0**e <= high * 1.001
    ]
    few = [t for t in found if f"{t:e}".startswith("1.0")]
    return few if len(found) > 8 and len(few) > 1 else found


def label(value):
    return f"{value:,.0f}" if value >= 10 else f"{value:g}"


class Panel:
    """
    series   {name: [(x, least, middle, most)]}, in order of x
    """

    def __init__(self, title, x_name, y_name, series):
        self.title, self.x_name, self.y_name = title, x_name, y_name
        self.series = series
        points = [p for row in series.values() for p in row]
        self.xs = sorted({p[0] for p in points})
        self.low_x, self.high_x = self.xs[0] / 1.15, self.xs[-1] * 1.15
        low, high = min(p[1] for p in points), max(p[3] for p in points)
        # At least a factor of four, so that noise does not look like growth.
        middle = math.sqrt(low * high)
        self.low_y = min(low / 1.15, middle / 2)
        self.high_y = max(high * 1.15, middle * 2)

    def x(self, value):
        part = math.log(value / self.low_x) / math.log(self.high_x / self.low_x)
        return LEFT + part * (WIDTH - LEFT - RIGHT)

    def y(self, value):
        part = math.log(value / self.low_y) / math.log(self.high_y / self.low_y)
        return HEIGHT - BELOW - part * (HEIGHT - ABOVE - BELOW)

    def axes(self):
        right, bottom = WIDTH - RIGHT, HEIGHT - BELOW
        for t in ticks(self.low_y, self.high_y):
            y = self.y(t)
            yield f'<line class="grid" x1="{LEFT}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}"/>'
            yield text(LEFT - 5, y + 4, label(t), "end")
        for x in self.xs:
            yield text(self.x(x), bottom + 14, label(x), "middle")
        yield (
            f'<path class="frame" fill="none" d="M{LEFT} {ABOVE}V{bottom}H{right}"/>'
        )
        yield text((LEFT + right) / 2, HEIGHT - 12, self.x_name, "middle")
        middle = (ABOVE + bottom) / 2
        yield (
            f'<g transform="translate(12 {middle:.0f}) rotate(-90)">'
            + text(0, 0, self.y_name, "middle") + "</g>"
        )
        yield text(LEFT, 16, self.title, "start", "text title")

    def drawn(self, names):
        """A series has the same colour in every panel: its place in `names`."""
        yield from self.axes()
        for place, (name, row) in enumerate(self.series.items()):
            i = names.index(name)
            at = [(self.x(x), self.y(lo), self.y(mid), self.y(hi)) for x, lo, mid, hi in row]
            path = " ".join(f"{x:.1f},{mid:.1f}" for x, _, mid, _ in at)
            yield f'<g class="s{i}"><polyline fill="none" points="{path}"/>'
            for x, lo, mid, hi in at:
                yield f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{lo:.1f}" y2="{hi:.1f}"/>'
                yield f'<circle cx="{x:.1f}" cy="{mid:.1f}" r="2.5"/>'
            yield "</g>"
            yield (
                f'<circle class="s{i}" cx="{LEFT + 8 + place * 80}" cy="{ABOVE - 7}" r="3"/>'
                + text(LEFT + 15 + place * 80, ABOVE - 3, name, "start")
            )


def text(x, y, what, anchor, kind="text"):
    return (
        f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">'
        f"{escape(what)}</text>"
    )


def picture(panels):
    rows = -(-len(panels) // COLUMNS)
    names = list(dict.fromkeys(name for panel in panels for name in panel.series))
    width, height = WIDTH * min(COLUMNS, len(panels)), HEIGHT * rows
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img">',
        "<style>", STYLE, colours(0),
        "@media (prefers-color-scheme: dark) {", DARK, colours(1), "}", "</style>",
        f'<rect class="page" width="{width}" height="{height}"/>',
    ]
    for i, panel in enumerate(panels):
        x, y = i % COLUMNS * WIDTH, i // COLUMNS * HEIGHT
        out += [f'<g transform="translate({x} {y})">', *panel.drawn(names), "</g>"]
    return "\n".join([*out, "</svg>"]) + "\n"
