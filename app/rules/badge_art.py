"""A tier's badge as SVG: its colour, its emblem, its name. No script, no outside reference."""

from html import escape

# Paths on a 24 × 24 grid, drawn for this project.
EMBLEMS = {
    "sprout": "M12 21v-9M12 12C12 8 9 6 5 6c0 4 3 6 7 6zM12 10c0-4 3-6 7-6 0 4-3 6-7 6z",
    "leaf": "M5 19C5 9 11 5 20 4c0 10-5 15-13 15M5 21c2-6 6-9 10-11",
    "star": "M12 3l2.7 5.8 6.3.8-4.6 4.3 1.2 6.3L12 17.1 6.4 20.2l1.2-6.3L3 9.600l6.300-.800z",
    "crown": "M4 18h16M4 18L3 8l5 4 4-7 4 7 5-4-1 10z",
}


def badge_svg(*, name: str, colour: str, emblem: str) -> str:
    """A 240 × 240 badge; `colour` is #rrggbb, an unknown emblem is drawn as a star."""
    path = EMBLEMS.get(emblem, EMBLEMS["star"])
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 240 240" role="img">'
        f"<title>{escape(name)}</title>"
        f'<circle cx="120" cy="120" r="112" fill="{escape(colour)}"/>'
        '<circle cx="120" cy="120" r="98" fill="none" stroke="#ffffff" stroke-opacity=".55" stroke-width="4"/>'
        '<g transform="translate(66 42) scale(4.5)" fill="none" stroke="#ffffff" stroke-width="1.6" '
        f'stroke-linecap="round" stroke-linejoin="round"><path d="{path}"/></g>'
        '<text x="120" y="196" text-anchor="middle" font-size="26" font-weight="600" fill="#ffffff" '
        f'font-family="system-ui, sans-serif">{escape(name)}</text></svg>'
    )
