"""A board as a page of SVG, laid out by gridPos: our drawing of it, to see what an operator would see."""
import html
import re

CELL_WIDE, CELL_HIGH, GAP = 60, 34, 8
COLOURS = ["#73bf69", "#f2cc0c", "#5794f2", "#ff780a", "#b877d9", "#e02f44", "#56d3d3", "#fade2a", "#8ab8ff", "#ffa6b0"]
NAMED = {"green": "#299c46", "orange": "#d9822b", "red": "#c4162a"}


def number_text(value, unit):
    if unit == "percentunit":
        return f"{value * 100:.4g} %"
    if unit == "s":
        for size, name in ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"), (1e-3, "ms")):
            if abs(value) >= size:
                return f"{value / size:.3g} {name}"
        return "0 s" if value == 0 else f"{value * 1e6:.3g} µs"
    if unit in ("bytes", "Bps"):
        for size, name in ((2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB")):
            if abs(value) >= size:
                return f"{value / size:.3g} {name}" + ("/s" if unit == "Bps" else "")
        return f"{value:.3g} B" + ("/s" if unit == "Bps" else "")
    for size, name in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:.3g} {name}"
    return f"{value:.3g}" + ("/s" if unit in ("ops", "reqps") else "")


def colour_of(value, panel):
    chosen = "green"
    for step in panel["fieldConfig"]["defaults"]["thresholds"]["steps"]:
        if step["value"] is None or value >= step["value"]:
            chosen = step["color"]
    return NAMED[chosen]


def text(x, y, words, size=12, colour="#ccccdc", anchor="start", weight="normal"):
    return (f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{colour}" text-anchor="{anchor}" '
            f'font-weight="{weight}">{html.escape(words)}</text>')


def stat(panel, samples, wide, high):
    lines = samples(panel["targets"][0]["expr"])
    value = lines[0][1][-1][1] if lines else None
    unit = panel["fieldConfig"]["defaults"]["unit"]
    colour = colour_of(value, panel) if value is not None else "#333"
    shown = number_text(value, unit) if value is not None else "no data"
    return (f'<rect width="{wide}" height="{high}" rx="3" fill="{colour}"/>'
            + text(10, 20, panel["title"], 13, "#fff", weight="600")
            + text(wide / 2, high / 2 + 22, shown, 30, "#fff", "middle", "700"))


def legend_of(metric, template):
    name = template
    for label, value in metric.items():
        name = name.replace("{{" + label + "}}", value)
    return re.sub(r"\{\{\w+\}\}", "", name).strip()


def series_of(panel, samples):
    for target in panel["targets"]:
        for metric, points in samples(target["expr"]):
            yield legend_of(metric, target["legendFormat"]), points


def lines(panel, samples, wide, high):
    unit = panel["fieldConfig"]["defaults"]["unit"]
    found = sorted(series_of(panel, samples), key=lambda one: -max(value for _, value in one[1]))
    left, right, top, bottom = 64, wide - 10, 34, high - 40
    drawn = [f'<rect width="{wide}" height="{high}" rx="3" fill="#181b1f" stroke="#2c3235"/>',
             text(10, 20, panel["title"], 13, weight="600")]
    if not found:
        return "".join(drawn) + text(wide / 2, high / 2, "no data", 16, "#8e8e8e", "middle")
    begin = min(points[0][0] for _, points in found)
    end = max(max(points[-1][0] for _, points in found), begin + 1)
    most = max(value for _, points in found for _, value in points) * 1.05 or 1
    least = min(0, *(value for _, points in found for _, value in points))

    def place(at, value):
        return (left + (at - begin) / (end - begin) * (right - left),
                bottom - (value - least) / (most - least) * (bottom - top))

    for part in range(5):
        value = least + (most - least) * part / 4
        _, y = place(begin, value)
        drawn.append(f'<line x1="{left}" y1="{y:.1f}" x2="{right}" y2="{y:.1f}" stroke="#2c3235"/>')
        drawn.append(text(left - 6, y + 4, number_text(value, unit), 10, "#8e8e8e", "end"))
    x = left
    for at, (name, points) in enumerate(found):
        colour = COLOURS[at % len(COLOURS)]
        path = " ".join(f"{'M' if n == 0 else 'L'}{px:.1f},{py:.1f}"
                        for n, (px, py) in enumerate(place(*point) for point in points))
        drawn.append(f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
        step = 18 + 6.2 * len(name)
        if x + step < right:
            drawn.append(f'<rect x="{x}" y="{high - 19}" width="10" height="3" fill="{colour}"/>')
            drawn.append(text(x + 14, high - 14, name, 10))
            x += step
    return "".join(drawn)


def page(board, samples):
    parts = []
    for panel in board["panels"]:
        grid = panel["gridPos"]
        wide, high = grid["w"] * CELL_WIDE - GAP, grid["h"] * CELL_HIGH - GAP
        inner = (stat if panel["type"] == "stat" else lines)(panel, samples, wide, high)
        parts.append(f'<g transform="translate({grid["x"] * CELL_WIDE + GAP},{grid["y"] * CELL_HIGH + 44})">{inner}</g>')
    high = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in board["panels"]) * CELL_HIGH + 52
    wide = 24 * CELL_WIDE + GAP
    return (f'<!doctype html><meta charset="utf-8"><body style="margin:0;background:#111217">'
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{high}" font-family="sans-serif">'
            f'<rect width="{wide}" height="{high}" fill="#111217"/>'
            + text(GAP, 28, board["title"], 18, weight="600")
            + text(wide - GAP, 28, "our drawing of the dashboard, not Grafana's", 12, "#8e8e8e", "end")
            + "".join(parts) + f'</svg><!-- {wide}x{high} -->')
