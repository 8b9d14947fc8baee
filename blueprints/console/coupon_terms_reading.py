"""Terms from what was typed, and what is typed from terms: the two directions between the form and the API's words."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from blueprints.console.coupon_terms_form import TermsForm
from blueprints.console.typed_fields import share_typed, yuan_typed

# The API's word → the field it is typed in, where they differ.
FIELDS: Final = {"value_fen": "value", "percent_bp": "percent", "price_fen": "price", "min_spend_fen": "min_spend"}
_MONEY: Final = {"value_fen": "value", "price_fen": "price", "min_spend_fen": "min_spend"}
_PLAIN: Final = (
    "kind",
    "quantity",
    "goods",
    "goods_en",
    "uses",
    "from_hour",
    "until_hour",
    "rank",
    "life_limit",
    "stack_category",
    "exclusive_group",
    "on_refund",
)
_CHOSEN: Final = ("stores", "channels", "tiers", "weekdays")
_ENTRIES: Final = ("categories", "not_categories", "skus", "not_skus", "blackout_dates")
_FLAGS: Final = {
    "first_purchase_only": False,
    "exclusive": False,
    "transferable": False,
    "with_tier_discount": True,
    "with_points": True,
}


def said(form: TermsForm) -> dict[str, Any]:
    """The terms as the API takes them: what was left empty is not there."""
    told: dict[str, Any] = {name: form[name].data for name in (*_PLAIN, *_CHOSEN)}
    told |= {word: form[name].fen for word, name in _MONEY.items()}
    told |= {name: form[name].entries for name in _ENTRIES}
    told["percent_bp"] = form.percent.bp
    told |= _validity(form)
    kept = {name: value for name, value in told.items() if value not in (None, "", [])}
    # Nothing said is the usual; a flag is said only where it differs.
    return kept | {name: form[name].data for name, usual in _FLAGS.items() if form[name].data is not usual}


def typed(terms: Mapping[str, Any]) -> dict[str, Any]:
    """Terms as they would have been typed, for a form that begins with them."""
    told: dict[str, Any] = {name: terms.get(name) for name in (*_PLAIN, *_CHOSEN, "valid_days", "start_delay_days")}
    told |= {name: yuan_typed(terms.get(word)) for word, name in _MONEY.items()}
    told |= {name: "\n".join(terms.get(name) or ()) for name in _ENTRIES}
    told |= {name: usual if terms.get(name) is None else terms[name] for name, usual in _FLAGS.items()}
    told |= {name: _day(terms.get(name)) for name in ("valid_from", "valid_until")}
    told["percent"] = share_typed(terms.get("percent_bp"))
    told["validity"] = "dates" if terms.get("valid_until") else "days"
    return {name: value for name, value in told.items() if value is not None}


def _validity(form: TermsForm) -> dict[str, Any]:
    if form.validity.data == "dates":
        days = {"valid_from": form.valid_from.data, "valid_until": form.valid_until.data}
        return {name: day and day.isoformat() for name, day in days.items()}
    # No delay is the usual.
    return {"valid_days": form.valid_days.data, "start_delay_days": form.start_delay_days.data or None}


def _day(written: str | None) -> date | None:
    return None if written is None else date.fromisoformat(written)
