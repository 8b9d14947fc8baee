"""Badges as SVG: a tier's is round, an achievement's six-sided, in a tier's colour. No script, no outside reference."""

from html import escape

# Paths on a 24 × 24 grid, drawn for this project.
EMBLEMS = {
    "sprout": "M12 21v-9M12 12C12 8 9 6 5 6c0 4 3 6 7 6zM12 10c0-4 3-6 7-6 0 4-3 6-7 6z",
    "leaf": "M5 19C5 9 11 5 20 4c0 10-5 15-13 15M5 21c2-6 6-9 10-11",
    "star": "M12 3l2.7 5.8 6.3.8-4.6 4.3 1.2 6.3L12 17.1 6.4 20.2l1.2-6.3L3 9.600l6.300-.800z",
    "crown": "M4 18h16M4 18L3 8l5 4 4-7 4 7 5-4-1 10z",
    "bag": "M5 8h14l1 12H4zM9 10V6a3 3 0 0 1 6 0v4",
    "cup": "M5 8h11v7a4 4 0 0 1-4 4H9a4 4 0 0 1-4-4zM16 10h2a2.500 2.500 0 0 1 0 5h-2M8 3v2M12 3v2",
    "gem": "M7 4h10l4 6-9 10L3 10zM3 10h18M9 10l3 10 3-10",
    "compass": "M12 3a9 9 0 1 0 .01 0zM15.500 8.500l-2 5-5 2 2-5z",
    "flame": "M12 3c1 4 6 6 6 11a6 6 0 0 1-12 0c0-3 2-4 2-7 2 1 3 2 3 4 1-2 1-5 1-8z",
    "calendar": "M4 6h16v14H4zM4 10h16M8 3v4M16 3v4M9 15l2 2 4-4",
    "heart": "M12 20C6 15.500 3 12 3 8.500a4.500 4.500 0 0 1 9-1 4.500 4.500 0 0 1 9 1C21 12 18 15.500 12 20z",
}
_ROUND = (
    '<circle cx="120" cy="120" r="112" fill="{colour}"/>'
    '<circle cx="120" cy="120" r="98" fill="none" stroke="#ffffff" stroke-opacity=".55" stroke-width="4"/>'
)
_SIX_SIDED = (
    '<path d="M120 6l99 57v114l-99 57-99-57V63z" fill="{colour}"/>'
    '<path d="M120 22l85 49v98l-85 49-85-49V71z" fill="none" stroke="#ffffff" stroke-opacity=".55" stroke-width="4"/>'
)


def badge_svg(*, name: str, colour: str, emblem: str) -> str:
    """A tier's 240 × 240 badge; `colour` is #rrggbb, an unknown emblem is drawn as a star."""
    return _svg(_ROUND, name=name, colour=colour, emblem=emblem)


def achievement_svg(*, name: str, colour: str, emblem: str) -> str:
    """An achievement's 240 × 240 badge; `colour` and `emblem` as for a tier."""
    return _svg(_SIX_SIDED, name=name, colour=colour, emblem=emblem)


def _svg(frame: str, *, name: str, colour: str, emblem: str) -> str:
    path = EMBLEMS.get(emblem, EMBLEMS["star"])
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 240 240" role="img">'
        f"<title>{escape(name)}</title>"
        f"{frame.format(colour=escape(colour))}"
        '<g transform="translate(66 42) scale(4.5)" fill="none" stroke="#ffffff" stroke-width="1.6" '
        f'stroke-linecap="round" stroke-linejoin="round"><path d="{path}"/></g>'
        '<text x="120" y="196" text-anchor="middle" font-size="26" font-weight="600" fill="#ffffff" '
        f'font-family="system-ui, sans-serif">{escape(name)}</text></svg>'
    )
