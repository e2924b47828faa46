"""Draws stacked bars as SVG."""

import html

COLOURS = ("#4c78a8", "#f2a93b", "#54a24b", "#b279a2", "#d6604d", "#9d9d9d")
WIDTH, LEFT, RIGHT, BAR, GAP, TOP = 900, 230, 80, 34, 16, 84


def bars(title, parts, bars):
    """One bar for each (name, amounts), with one segment and colour for each part."""
    longest = max(sum(amounts) for _, amounts in bars)
    scale = (WIDTH - LEFT - RIGHT) / longest
    height = TOP + len(bars) * (BAR + GAP)
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        'font-family="sans-serif" font-size="13">',
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
        text(16, 28, title, "font-size='16' font-weight='bold'"),
    ]
    at = 16
    for part, colour in zip(parts, COLOURS):
        if any(amounts[parts.index(part)] for _, amounts in bars):
            out.append(f'<rect x="{at}" y="46" width="12" height="12" fill="{colour}"/>')
            out.append(text(at + 17, 57, part))
            at += 34 + 7 * len(part)
    for row, (name, amounts) in enumerate(bars):
        y = TOP + row * (BAR + GAP)
        out.append(text(LEFT - 10, y + BAR / 2 + 5, name, "text-anchor='end'"))
        x = LEFT
        for amount, colour in zip(amounts, COLOURS):
            width = amount * scale
            out.append(
                f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{BAR}" fill="{colour}"/>'
            )
            if width > 48:
                out.append(
                    text(
                        x + width / 2,
                        y + BAR / 2 + 5,
                        f"{amount:,}",
                        "text-anchor='middle' fill='white'",
                    )
                )
            x += width
        out.append(text(x + 8, y + BAR / 2 + 5, f"{sum(amounts):,}", "font-weight='bold'"))
    out.append("</svg>")
    return "\n".join(out) + "\n"


def text(x, y, words, attributes=""):
    attributes = attributes.replace("'", '"')
    return f'<text x="{x:.0f}" y="{y:.0f}" {attributes}>{html.escape(words)}</text>'.replace(
        " >", ">"
    )
