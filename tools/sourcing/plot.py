"""Draws the results of `sourcing-benchmarks replay` and `curves` as SVG, beside their JSON.

    python3 tools/sourcing/plot.py Benchmarks/results

Reads sourcing-replay.json and sourcing-curves.json there, where they are.
"""

import json
import math
import pathlib
import statistics
import sys

INK, GRID, BASELINE, BAR = "#333333", "#dddddd", "#b0b0b0", "#2a78b5"
SERIES = ["#9ecae1", "#6baed6", "#4292c6", "#2171b5", "#08306b"]


class Picture:
    """An SVG picture while it is drawn."""

    def __init__(self, width, height):
        self.parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"'
            ' font-family="sans-serif" font-size="12">',
            f'<rect width="{width}" height="{height}" fill="white"/>',
        ]

    def rectangle(self, x, y, width, height, colour):
        self.parts.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"'
            f' fill="{colour}"/>'
        )

    def line(self, points, colour, width=1.0, dashes=""):
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
        self.parts.append(
            f'<polyline points="{path}" fill="none" stroke="{colour}"'
            f' stroke-width="{width}"{dashed}/>'
        )

    def text(self, x, y, text, anchor="start", weight="normal"):
        escaped = text.replace("&", "&amp;").replace("<", "&lt;")
        self.parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-weight="{weight}"'
            f' fill="{INK}">{escaped}</text>'
        )

    def write(self, path):
        path.write_text("\n".join([*self.parts, "</svg>", ""]), encoding="utf-8")


def draw_policies(report, path):
    """Four panels of bars: what an order costs, travels, ships, and how many are late."""
    runs = report["replay"]
    panels = [
        ("cost per order", lambda run: run["cost_minor"] / run["orders"] / 100, "{:.2f}"),
        ("km per order", lambda run: run["kilometres"] / run["orders"], "{:.0f}"),
        ("shipments per order", lambda run: run["shipments_per_order"], "{:.2f}"),
        ("% promised after 72 h", lambda run: 100 * run["late_promises"] / run["orders"], "{:.1f}"),
    ]
    row, left, bars, panel = 20, 130, 190, 400
    height = 20 + (len(runs) + 2) * row * 2
    picture = Picture(panel * 2 + 20, height)
    for number, (title, value, form) in enumerate(panels):
        x = 10 + number % 2 * panel + left
        y = 24 + number // 2 * (len(runs) + 2) * row
        values = [value(run) for run in runs]
        picture.text(x, y, title, weight="bold")
        for index, (run, amount) in enumerate(zip(runs, values)):
            top = y + 10 + index * row
            colour = BASELINE if index == 0 else BAR
            width = bars * amount / max(values)
            picture.rectangle(x, top, width, row - 5, colour)
            picture.text(x - 6, top + 12, run["policy"].replace("_", " "), "end")
            picture.text(x + width + 5, top + 12, form.format(amount))
    picture.write(path)


def draw_curves(report, path):
    """Two panels, scarce and ample stock: time over warehouses, a line for each count of lines."""
    curves = [one for one in report["curves"] if one["orders"] == "random"]
    picture = Picture(900, 430)
    for number, stock in enumerate(("scarce", "ample")):
        mine = [one for one in curves if one["stock"] == stock]
        draw_panel(picture, 60 + number * 430, stock, mine)
    picture.text(
        60, 418, "solid: median over policies of the median; dashed: the worst policy's p99"
    )
    picture.write(path)


def draw_panel(picture, left, stock, curves):
    """One panel with logarithmic axes."""
    top, width, height = 40, 330, 320
    lowest, highest = 0, 6  # Powers of ten of a microsecond.
    houses = sorted({one["warehouses"] for one in curves})
    counts = sorted({int(one["lines"]) for one in curves})

    def x(warehouses):
        share = math.log(warehouses / houses[0]) / math.log(houses[-1] / houses[0])
        return left + share * width

    def y(microseconds):
        share = (math.log10(max(1, microseconds)) - lowest) / (highest - lowest)
        return top + height - share * height

    picture.text(left, top - 16, f"{stock} stock: planner's time by warehouses", weight="bold")
    for power, name in enumerate(["1 µs", "10 µs", "100 µs", "1 ms", "10 ms", "100 ms", "1 s"]):
        level = y(10**power)
        picture.line([(left, level), (left + width, level)], GRID)
        picture.text(left - 6, level + 4, name, "end")
    for warehouses in houses:
        picture.text(x(warehouses), top + height + 18, str(warehouses), "middle")
    lowest_label = top + height + 14
    for colour, lines in zip(SERIES, counts):
        medians, worst = [], []
        for warehouses in houses:
            cells = [
                one
                for one in curves
                if one["warehouses"] == warehouses and int(one["lines"]) == lines
            ]
            median = statistics.median(one["median_microseconds"] for one in cells)
            medians.append((x(warehouses), y(median)))
            worst.append((x(warehouses), y(max(one["p99_microseconds"] for one in cells))))
        picture.line(medians, colour, 2.0)
        picture.line(worst, colour, 1.2, "4 3")
        name = f"{lines} line" + ("s" if lines > 1 else "")
        # Names go up with the lines, and don't run into each other.
        lowest_label = min(medians[-1][1] + 4, lowest_label - 13)
        picture.text(left + width + 6, lowest_label, name)


def main():
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "Benchmarks/results")
    drawings = [
        ("sourcing-replay.json", "sourcing-policies.svg", draw_policies),
        ("sourcing-curves.json", "sourcing-curves.svg", draw_curves),
    ]
    for source, target, draw in drawings:
        if (folder / source).exists():
            draw(json.loads((folder / source).read_text(encoding="utf-8")), folder / target)
            print(folder / target)
    return 0


if __name__ == "__main__":
    sys.exit(main())
