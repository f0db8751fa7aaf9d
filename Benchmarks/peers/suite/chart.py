"""Draws the summary as SVG: a panel for each workload, a group of bars for each shape."""

import math

from .work import SHAPES, WORKLOADS

INK, GRID = "#333333", "#dddddd"
COLOURS = {
    "holdfast_sync": "#08306b",
    "holdfast_none": "#4292c6",
    "redis_memory": "#d7301f",
    "redis_always": "#fc8d59",
    "postgres_on": "#238b45",
    "postgres_off": "#a1d99b",
    "echo": "#b0b0b0",
}
TITLES = {
    "uniform": "holds, 100,000 SKUs",
    "hot": "holds, one SKU",
    "lifecycle": "lives: hold, then commit, release or expiry",
    "orders": "orders of four lines",
}
POWERS = {3: "1 k", 4: "10 k", 5: "100 k", 6: "1 M", 7: "10 M"}
WIDTH, HEIGHT = 400, 190


def draw(rows, path):
    """Writes the picture; rates are on a logarithmic axis from 100 to 100 million a second."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {2 * WIDTH + 120} '
        f'{2 * HEIGHT + 170}" font-family="sans-serif" font-size="12">',
        f'<rect width="{2 * WIDTH + 120}" height="{2 * HEIGHT + 170}" fill="white"/>',
    ]
    for number, workload in enumerate(WORKLOADS):
        left = 50 + number % 2 * (WIDTH + 60)
        top = 34 + number // 2 * (HEIGHT + 60)
        mine = [row for row in rows if row["workload"] == workload]
        parts += panel(left, top, f"{TITLES[workload]} a second", mine)
    titles = {row["system"]: row["title"] for row in rows}
    for number, (system, title) in enumerate(titles.items()):
        x = 50 + number % 3 * 290
        y = 2 * HEIGHT + 110 + number // 3 * 20
        parts.append(rectangle(x, y, 12, 12, COLOURS[system]))
        parts.append(text(x + 18, y + 11, title))
    path.write_text("\n".join([*parts, "</svg>", ""]), encoding="utf-8")


def panel(left, top, title, rows):
    """One workload: bars for medians, lines from the lowest to the highest round."""

    def y(per_second):
        share = (math.log10(max(100, per_second)) - 2) / 6
        return top + HEIGHT - share * HEIGHT

    yield text(left, top - 12, title, weight="bold")
    for power, name in POWERS.items():
        level = y(10**power)
        yield line(left, level, left + WIDTH, level, GRID)
        yield text(left - 6, level + 4, name, "end")
    group = WIDTH / len(SHAPES)
    for number, shape in enumerate(SHAPES):
        yield text(
            left + (number + 0.5) * group, top + HEIGHT + 16, shape.replace("x", " × "), "middle"
        )
        mine = [row for row in rows if row["shape"] == shape]
        width = (group - 12) / max(1, len(mine))
        for index, row in enumerate(mine):
            x = left + number * group + 6 + index * width
            rate = row["per_second"]
            height = top + HEIGHT - y(rate["median"])
            yield rectangle(x, y(rate["median"]), width - 2, height, COLOURS[row["system"]])
            middle = x + (width - 2) / 2
            yield line(middle, y(rate["min"]), middle, y(rate["max"]), INK)


def rectangle(x, y, width, height, colour):
    """A filled rectangle."""
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" '
        f'fill="{colour}"/>'
    )


def line(x, y, to_x, to_y, colour):
    """A thin line."""
    return (
        f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{to_x:.1f}" y2="{to_y:.1f}" stroke="{colour}"/>'
    )


def text(x, y, content, anchor="start", weight="normal"):
    """A text."""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-weight="{weight}" '
        f'fill="{INK}">{content}</text>'
    )
