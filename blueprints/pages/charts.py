"""Charts as SVG in the page, in its own colours by day and by night. Whoever draws one puts its table beside it."""

import re
import sys
from collections.abc import Mapping, Sequence

import pygal
from markupsafe import Markup
from pygal.style import Style

from blueprints.pages.words import t

# pygal looks for map plug-ins in every import of the process, in a way Python has given up; there are no maps here.
sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, pygal.PluginImportFixer)]

# They follow the theme: pages.css.
COLOURS = tuple(f"var(--huitou-chart-{number})" for number in range(1, 6))
HEIGHT, LEGEND_HEIGHT = 280, 24
# Letters that stand beside each other below a chart; a Chinese character takes the room of two.
ROOM = 80
FIRST_WIDE = "\u2e80"
# Below it every whole number has its own line on the axis: pygal would say half a customer.
FEW = 10
FONT = "system-ui, 'Noto Sans CJK SC', sans-serif"
# pygal writes its settings into a script of the page; nothing reads them here.
_SCRIPT = re.compile(r"<script.*?</script>", re.DOTALL)
_HEAD = re.compile(r"<\?xml.*?\?>|<!--.*?-->", re.DOTALL)
_STYLE_ATTRIBUTE = re.compile(r' style="opacity: 0"')
Values = Sequence[float | int | None]


def bars(
    labels: Sequence[str], series: Mapping[str, Values], *, title: str, nonce: str, is_stacked: bool = False
) -> Markup:
    """A bar a label and series."""
    kind = pygal.StackedBar if is_stacked else pygal.Bar
    return _drawn(kind, labels, series, title=title, nonce=nonce)


def lines(labels: Sequence[str], series: Mapping[str, Values], *, title: str, nonce: str) -> Markup:
    """A line a series, over time."""
    return _drawn(pygal.Line, labels, series, title=title, nonce=nonce)


def spark(values: Sequence[float | int], *, title: str) -> Markup:
    """A line as high as a word, without axes; `title` says in words what it shows."""
    width, height, pad = 120, 32, 2
    low, high = (min(values), max(values)) if values else (0, 0)
    span, step = (high - low) or 1, (width - 2 * pad) / max(1, len(values) - 1)
    points = " ".join(
        f"{pad + step * n:.1f},{height - pad - (value - low) / span * (height - 2 * pad):.1f}"
        for n, value in enumerate(values)
    )
    return Markup(
        '<svg class="spark" viewBox="0 0 {} {}" role="img" aria-label="{}"><polyline points="{}" fill="none"'
        ' stroke="currentColor" stroke-width="1.5"/></svg>'
    ).format(width, height, title, points)


def _fitting(label: str, room: int) -> str:
    """A label, cut where its room ends."""
    width = 0
    for place, letter in enumerate(label):
        width += 1 + (letter >= FIRST_WIDE)
        if width > room:
            return label[:place] + "…"
    return label


def _whole_numbers(series: Mapping[str, Values], *, is_stacked: bool) -> list[int] | None:
    """Where the axis is labelled when there is little to count; None: pygal knows best."""
    lines = [[value or 0 for value in values] for values in series.values()]
    if not all(isinstance(value, int) and value >= 0 for line in lines for value in line):
        return None
    tops = [sum(column) if is_stacked else max(column) for column in zip(*lines, strict=True)]
    most = int(max(tops, default=0))
    return list(range(max(1, most) + 1)) if most < FEW else None


def _drawn(kind: type, labels: Sequence[str], series: Mapping[str, Values], *, title: str, nonce: str) -> Markup:
    style = Style(
        background="transparent",
        plot_background="transparent",
        foreground="var(--bs-body-color)",
        foreground_strong="var(--bs-emphasis-color)",
        foreground_subtle="var(--bs-secondary-color)",
        guide_stroke_color="var(--bs-border-color)",
        major_guide_stroke_color="var(--bs-border-color)",
        colors=COLOURS,
        font_family=FONT,
        label_font_size=13,
        major_label_font_size=13,
        legend_font_size=13,
        opacity="1",
        opacity_hover=".8",
        transition="0s",
    )
    chart = kind(
        js=[],
        style=style,
        width=640,
        height=HEIGHT + (LEGEND_HEIGHT if len(series) > 1 else 0),
        show_legend=len(series) > 1,
        legend_at_bottom=True,
        legend_at_bottom_columns=min(3, max(1, len(series))),
        truncate_label=-1,
        truncate_legend=-1,
        x_label_rotation=30 if len(labels) > 8 else 0,
        show_minor_x_labels=len(labels) <= 16,
        no_data_text=t("暂无数据", "No data yet"),
        dots_size=3,
        value_formatter=lambda value: f"{value:,.2f}".removesuffix(".00"),
        margin=8,
    )
    room = max(16, ROOM // max(1, len(labels)))
    chart.x_labels = [_fitting(label, room) for label in labels]
    if len(labels) > 16:
        chart.x_labels_major_every = -(-len(labels) // 8)
    chart.y_labels = _whole_numbers(series, is_stacked=kind is pygal.StackedBar)
    for name, values in series.items():
        chart.add(name, list(values))
    drawn = _HEAD.sub("", _SCRIPT.sub("", chart.render(is_unicode=True)))
    drawn = _STYLE_ATTRIBUTE.sub(' opacity="0"', drawn).replace("<style", f'<style nonce="{nonce}"', 1)
    label = Markup('role="img" aria-label="{}" ').format(title)
    # pygal escapes the texts it is given.
    return Markup(drawn.replace("<svg ", f"<svg {label}", 1))  # noqa: S704
