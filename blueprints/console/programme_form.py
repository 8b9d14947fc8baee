"""The programme's settings as a form: what each is called, how it is typed, and what was changed."""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from wtforms import BooleanField, StringField

from blueprints.console.programme_settings import SETTINGS
from blueprints.pages.forms import PageForm
from blueprints.pages.words import Pair, fen_of


class ProgrammeForm(PageForm):
    """Every setting; its fields are those of SETTINGS."""


for _one in SETTINGS.values():
    setattr(ProgrammeForm, _one.name, (BooleanField if _one.kind == "yes" else StringField)(_one.label))


def filled(programme: dict[str, Any]) -> ProgrammeForm:
    """The form as the settings are."""
    data = {name: _TYPED[one.kind](programme[name]) for name, one in SETTINGS.items()}
    return ProgrammeForm(formdata=None, data=data)


def changes(form: ProgrammeForm, programme: dict[str, Any]) -> dict[str, Any] | None:
    """What was changed; None when something cannot be read, which then stands beside it."""
    said: dict[str, Any] = {}
    is_fine = True
    for name, one in SETTINGS.items():
        field = form[name]
        try:
            value = _READ[one.kind](field.data)
        except (ValueError, InvalidOperation):
            field.errors = [
                *field.errors,
                str(Pair("无法识别，请核对写法。", "This cannot be read; check how it is written.")),
            ]
            is_fine = False
            continue
        if value != programme[name]:
            said[name] = value
    return said if is_fine else None


def _map(typed: str | None) -> dict[str, int]:
    pairs = [pair for pair in (typed or "").replace("，", ",").replace("：", ":").split(",") if pair.strip()]
    split = [pair.partition(":") for pair in pairs]
    return {key.strip(): int(value) for key, _, value in split}


def _by_number(key: str) -> tuple[int, str]:
    """7 before 30; names by the alphabet."""
    return (int(key) if key.isdecimal() else 0, key)


_READ: Final[dict[str, Callable[[Any], Any]]] = {
    "text": lambda typed: (typed or "").strip(),
    "number": lambda typed: int(typed or ""),
    "yuan": lambda typed: fen_of(typed or "0"),
    "percent": lambda typed: int(Decimal(typed or "0") * 100),
    "yes": bool,
    "map": _map,
}
_TYPED: Final[dict[str, Callable[[Any], Any]]] = {
    "text": lambda value: value,
    "number": str,
    "yuan": lambda value: f"{Decimal(value) / 100:f}",
    "percent": lambda value: f"{Decimal(value) / 100:f}",
    "yes": bool,
    "map": lambda value: ", ".join(f"{key}: {value[key]}" for key in sorted(value, key=_by_number)),
}
