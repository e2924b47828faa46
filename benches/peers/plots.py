"""Draws groups of bars, and curves, as SVG."""

from pictures import COLOURS, text

WIDTH = 900
LEFT, RIGHT, TOP, BAR, GAP = 290, 90, 60, 20, 40
PANEL, PANEL_TOP, PANEL_HEIGHT, PANEL_LEFT = 360, 84, 260, 60


def grouped_bars(title, groups, mark):
    """Draws a group of bars for each (name, {case: value}), and a line at 1 with the label `mark`.
    A case has the same colour in all groups."""
    scale = (WIDTH - LEFT - RIGHT) / max(max(values.values()) for _, values in groups)
    out, y = [text(16, 28, title, "font-size='16' font-weight='bold'")], TOP
    for name, values in groups:
        out.append(text(16, y + 15, name, "font-weight='bold'"))
        for colour, (case, value) in zip(COLOURS, values.items()):
            out.append(text(LEFT - 10, y + 15, case, "text-anchor='end'"))
            box = f'x="{LEFT}" y="{y}" width="{value * scale:.1f}" height="{BAR - 3}"'
            out.append(f'<rect {box} fill="{colour}"/>')
            out.append(text(LEFT + value * scale + 8, y + 14, f"{value:.2f}"))
            y += BAR
        y += GAP - BAR
    one, end = LEFT + scale, y - GAP + BAR
    line = f'd="M{one:.1f} {TOP - 6}V{end}"'
    out.append(f'<path {line} stroke="black" stroke-dasharray="4 3"/>')
    out.append(text(one, end + 18, mark, "text-anchor='middle'"))
    return svg(end + 30, out)


def panels(panels):
    """Draws panels side by side, each from (title, text below, {name: points}). A point is (x from
    0 to 1, label, value)."""
    out = []
    for number, content in enumerate(panels):
        out += panel(PANEL_LEFT + number * (PANEL + 90), *content)
    return svg(PANEL_TOP + PANEL_HEIGHT + 64, out)


def panel(left, title, below, curves):
    bottom = PANEL_TOP + PANEL_HEIGHT
    step = step_above(max(value for points in curves.values() for _, _, value in points) / 5)
    out = [
        text(left - 44, 28, title, "font-size='15' font-weight='bold'"),
        text(left + PANEL / 2, bottom + 46, below, "text-anchor='middle'"),
    ]
    for number in range(6):
        y = bottom - number * PANEL_HEIGHT / 5
        ends = f'x1="{left}" x2="{left + PANEL}" y1="{y:.1f}" y2="{y:.1f}"'
        out.append(f'<line {ends} stroke="#dddddd"/>')
        out.append(text(left - 8, y + 5, f"{number * step:g}", "text-anchor='end'"))
    at = left
    for colour, (name, points) in zip(COLOURS, curves.items()):
        places = []
        for x, _, value in points:
            places.append((left + x * PANEL, bottom - value / step * PANEL_HEIGHT / 5))
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        out.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        for x, y in places:
            out.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>')
        out.append(f'<rect x="{at}" y="46" width="12" height="12" fill="{colour}"/>')
        out.append(text(at + 17, 57, name))
        at += 40 + 7 * len(name)
    for x, label, _ in points:
        out.append(text(left + x * PANEL, bottom + 20, label, "text-anchor='middle'"))
    return out


def step_above(least):
    """The next larger round number."""
    steps = (digit * 10**power / 100 for power in range(8) for digit in (1, 2, 3, 4, 5, 6, 8))
    return next(step for step in steps if step > least)


def svg(height, parts):
    box = f'viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="13"'
    background = f'<rect width="{WIDTH}" height="{height}" fill="white"/>'
    start = f'<svg xmlns="http://www.w3.org/2000/svg" {box}>'
    return "\n".join([start, background, *parts, "</svg>"]) + "\n"
