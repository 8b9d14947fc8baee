"""What a page says and how it writes figures: both languages stand side by side where they are used."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_timedelta
from flask import g
from flask_babel import get_locale
from markupsafe import Markup, escape

from app import clock

# Where nobody is signed in who would know the shop's.
ZONE_OF_NOBODY = "Asia/Shanghai"


class Pair:
    """A text in both languages, chosen when it is read: for form labels and menus, which are made before any request."""

    def __init__(self, zh: str, en: str) -> None:
        self.zh, self.en = zh, en

    def __str__(self) -> str:
        return t(self.zh, self.en)

    def __html__(self) -> str:
        return str(escape(str(self)))

    def __mod__(self, numbers: Any) -> str:
        # How WTForms fills a message; ours say their numbers themselves.
        return str(self)


def is_english() -> bool:
    """Whether the reader chose, or the browser prefers, English."""
    locale = get_locale()
    return locale is not None and locale.language == "en"


def t(zh: str, en: str, **values: Any) -> str:
    """A text in the reader's language; `{name}` in it is filled from `values`. Plain text: the template escapes it."""
    text = en if is_english() else zh
    return text.format(**values) if values else text


def yuan(fen: int | None) -> str:
    """Fen as yuan: 123456 → "¥1,234.56"; nothing → "–"."""
    if fen is None:
        return "–"
    sign = "-" if fen < 0 else ""
    return f"{sign}¥{Decimal(abs(fen)) / 100:,.2f}"


def number(value: float | None) -> str:
    """With thousands apart; nothing → "–"."""
    if value is None:
        return "–"
    return f"{value:,}" if isinstance(value, int) else f"{value:,.1f}"


def percent(basis_points: int | None) -> str:
    """Basis points as per cent: 1234 → "12.3%"; nothing → "–"."""
    return "–" if basis_points is None else f"{basis_points / 100:.1f}%"


def shop_zone() -> str:
    """The shop's zone, as told at sign-in; pages say it beside every time that is typed."""
    return str((g.get("person") or {}).get("zone") or ZONE_OF_NOBODY)


def shop_time(at: str | datetime | None) -> datetime | None:
    """An instant of the API on the shop's clock."""
    if at is None or at == "":
        return None
    instant = datetime.fromisoformat(at) if isinstance(at, str) else at
    return instant.astimezone(ZoneInfo(shop_zone()))


def when(at: str | datetime | None) -> Markup:
    """An instant as a <time> on the shop's clock, with how far it is off in its title; nothing → "–"."""
    local = shop_time(at)
    if local is None:
        return Markup("–")
    return Markup('<time datetime="{}" title="{}" class="text-nowrap">{}</time>').format(
        local.isoformat(timespec="seconds"), ago(local), local.strftime("%Y-%m-%d %H:%M")
    )


def ago(at: str | datetime | None) -> str:
    """How far an instant is off, in words; nothing → "–"."""
    local = shop_time(at)
    if local is None:
        return "–"
    # Not by its name: looking that up takes longer than all the rest, and a list has a hundred of these.
    locale = get_locale() or "zh_CN"
    return format_timedelta(local.astimezone(UTC) - clock.utc_now(), add_direction=True, locale=locale)


def typed_instant(text: str | None) -> str | None:
    """What <input type=datetime-local> sends, read on the shop's clock, as RFC 3339; nothing → None. Raises ValueError."""
    if not text:
        return None
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(shop_zone())).isoformat()


def for_typing(at: str | datetime | None) -> str:
    """An instant as <input type=datetime-local> wants it."""
    local = shop_time(at)
    return "" if local is None else local.strftime("%Y-%m-%dT%H:%M")


def today() -> date:
    """The shop's date."""
    return clock.utc_now().astimezone(ZoneInfo(shop_zone())).date()


def fen_of(yuan_typed: Decimal | str | None) -> int | None:
    """Typed yuan as whole fen; nothing → None. Raises ValueError when there are parts of a fen."""
    if yuan_typed in (None, ""):
        return None
    fen = Decimal(str(yuan_typed)) * 100
    if fen != fen.to_integral_value():
        raise ValueError("parts of a fen")
    return int(fen)
