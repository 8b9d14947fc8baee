"""Form fields for money, shares, moments and lists, as people type them and as the API takes them."""

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from wtforms import DecimalField, SelectMultipleField, TextAreaField
from wtforms.fields import DateTimeLocalField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, NumberRange, Optional, ValidationError

from blueprints.pages.words import Pair, fen_of, typed_instant

NEEDED = InputRequired(message=Pair("请填写。", "Fill this in."))
MAX_YUAN = Decimal(10_000_000)
# How people separate entries, in either keyboard.
_BETWEEN = re.compile(r"[\n,，、;；]+")
BASIS_POINTS = 100
HINTS = {"step": "0.01", "min": "0", "inputmode": "decimal"}


class YuanField(DecimalField):
    """Money typed in yuan; `fen` is what the API takes."""

    def __init__(
        self, label: Pair, *, is_needed: bool = False, most: Decimal = MAX_YUAN, least: str = "0.01", **kept: Any
    ) -> None:
        told = Pair(f"请填写 {least} 到 {most:,} 之间的金额。", f"Enter an amount from {least} to {most:,}.")
        checks = [NEEDED if is_needed else Optional(), NumberRange(min=Decimal(least), max=most, message=told)]
        super().__init__(label, validators=checks, places=None, render_kw=HINTS, **kept)

    @property
    def fen(self) -> int | None:
        """Whole fen; None for nothing, or for what is no money."""
        try:
            return fen_of(_within(self.data, MAX_YUAN * 100))
        except ValueError:
            return None

    def pre_validate(self, form: Any) -> None:  # noqa: ARG002
        """Refuse parts of a fen."""
        if _within(self.data, MAX_YUAN) is not None and self.fen is None:
            raise ValidationError(str(Pair("金额最多两位小数。", "Money has two decimals at most.")))


class ShareField(DecimalField):
    """A share typed in per cent; `bp` is what the API takes."""

    def __init__(self, label: Pair, *, least: str = "0.01", **kept: Any) -> None:
        told = Pair(f"请填写 {least} 到 100 之间的百分比。", f"Enter a percentage from {least} to 100.")
        checks = [Optional(), NumberRange(min=Decimal(least), max=100, message=told)]
        super().__init__(
            label,
            validators=checks,
            places=None,
            render_kw=HINTS | {"max": "100"},
            **kept,
        )

    @property
    def bp(self) -> int | None:
        """Basis points; finer shares than that are cut off."""
        share = _within(self.data, Decimal(100))
        return None if share is None else int(share * BASIS_POINTS)


class MomentField(DateTimeLocalField):
    """A moment on the shop's clock; `instant` is what the API takes."""

    def __init__(self, label: Pair, *, is_needed: bool = False, **kept: Any) -> None:
        super().__init__(
            label,
            validators=[NEEDED if is_needed else Optional()],
            format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
            **kept,
        )

    @property
    def instant(self) -> str | None:
        """RFC 3339; None for nothing."""
        return None if self.data is None else typed_instant(self.data.isoformat())


class EntriesField(TextAreaField):
    """Short entries, one a line or with commas between; `entries` is what the API takes."""

    @property
    def entries(self) -> list[str]:
        """Without blanks around them, nor empty ones."""
        return [one for part in _BETWEEN.split(self.data or "") if (one := part.strip())]


class CodesField(SelectMultipleField):
    """Codes to choose among, by their names. One that is chosen already is shown as it is where the list has it no more."""

    choices: Any

    def __init__(self, label: Pair, **kept: Any) -> None:
        super().__init__(label, validate_choice=False, **kept)

    def __call__(self, **kept: Any) -> Any:
        """The list, with what would be lost from it by saving."""
        known = {one.value for one in self.choices}
        self.choices = [*self.choices, *(SelectChoice(code) for code in self.data or () if code not in known)]
        return super().__call__(**kept)


def listed(choices: Iterable[tuple[Any, Any]], *, group: str | None = None) -> list[SelectChoice]:
    """Values and their names as fields take them; `group` stands above them in the list."""
    return [SelectChoice(value, name, optgroup=group) for value, name in choices]


def yuan_typed(fen: int | None) -> Decimal | None:
    """Fen as they are typed again: 1250 → 12.5."""
    return None if fen is None else Decimal(fen) / 100


def share_typed(bp: int | None) -> Decimal | None:
    """Basis points as they are typed again: 1550 → 15.5."""
    return None if bp is None else Decimal(bp) / BASIS_POINTS


def _within(number: Decimal | None, most: Decimal) -> Decimal | None:
    """None for what is no number, or so large that it is none of ours: an exponent can be as long as memory."""
    return number if number is not None and number.is_finite() and number.copy_abs() <= most else None
