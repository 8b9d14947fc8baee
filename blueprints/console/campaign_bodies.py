"""From the form of a campaign to the API's body, and back. What cannot be read is told beside its field."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from blueprints.console.campaign_forms import VARIANTS, CampaignForm
from blueprints.pages.words import fen_of, for_typing, t, typed_instant

NUMBERS: Final = ("points_gift", "sends_per_second", "days_before", "days_after", "max_late_minutes")
CHOSEN: Final = ("channels", "stores", "tiers")


class Unreadable(ValueError):
    """Something typed is of the wrong form; it stands beside its field already."""


class Reader:
    """Reads one sent form."""

    def __init__(self, form: CampaignForm, keys: Sequence[str]) -> None:
        self.form, self.keys, self.has_fault = form, keys, False

    def body(self) -> dict[str, Any]:
        """What POST /campaigns takes, but the kind. Raises Unreadable."""
        form = self.form
        said: dict[str, Any] = {
            "name": self.text("name"),
            "message_template_id": form.template.data,
            "field_values": {key: self.text(key) for key in self.keys},
            "page": self.text("page") or None,
            "variants": self.variants(),
            "tier_ids": form.tier_ids.data or [],
            "segment_id": form.segment_id.data or None,
            "member_list_id": form.member_list_id.data or None,
            "holdout_bp": self.hundredths("holdout_percent") or 0,
            "coupon_batch_id": form.coupon_batch_id.data or None,
            "benefit_for": form.benefit_for.data or "everyone",
            "priority": int(form.priority.data or 5),
            **{name: self.number(name) for name in NUMBERS if name in form},
        }
        said |= self.timing()
        if self.has_fault:
            raise Unreadable
        return said

    def timing(self) -> dict[str, Any]:
        """What belongs to the kind."""
        form, said = self.form, {}
        if "scheduled_at" in form:
            said["scheduled_at"] = self.read("scheduled_at", typed_instant, t("请选择日期和时间", "A date and a time"))
        if "every" in form:
            said["repeat"] = self.repeat()
        for name in ("send_time", "ends_on"):
            if name in form:
                said[name] = self.text(name) or None
        if "festival" in form:
            said["festival"] = form.festival.data
        if "is_member_time" in form:
            said["is_member_time"] = bool(form.is_member_time.data)
        conditions = self.conditions()
        if conditions is not None:
            said["conditions"] = conditions
        return said

    def repeat(self) -> dict[str, Any]:
        """How it repeats."""
        form = self.form
        on: list[int] = []
        if form.every.data == "week":
            on = [int(day) for day in form.weekdays.data or [] if day.isdecimal()]
        if form.every.data == "month":
            on = (
                self.read("month_days", _whole_numbers, t("请填写日期数字，逗号分开", "Numbers of days, by commas"))
                or []
            )
        said: dict[str, Any] = {"every": form.every.data, "on": on, "step": self.number("step") or 1}
        if self.text("starts_on"):
            said["starts_on"] = self.text("starts_on")
        return said

    def conditions(self) -> dict[str, Any] | None:
        """What must hold of the event besides; None where nothing can be asked."""
        names = (*CHOSEN, "categories", "years", "min_paid_fen", "min_points")
        asked = [name for name in names if name in self.form]
        if not asked:
            return None
        said: dict[str, Any] = {name: self.form._fields[name].data for name in asked if name in CHOSEN}
        if "categories" in asked:
            said["categories"] = _parts(self.text("categories"))
        if "years" in asked:
            said["years"] = self.read("years", _whole_numbers, t("请填写数字，逗号分开", "Numbers, by commas"))
        if "min_points" in asked:
            said["min_points"] = self.number("min_points")
        if "min_paid_fen" in asked:
            said["min_paid_fen"] = self.read("min_paid_fen", fen_of, t("请填写金额（元）", "An amount in yuan"))
        return {name: value for name, value in said.items() if value}

    def variants(self) -> list[dict[str, Any]]:
        """Those with a share."""
        said = []
        for code in VARIANTS:
            share = self.hundredths(f"share_{code}")
            if share:
                texts = {key: self.text(f"{key}_{code}") for key in self.keys}
                said.append(
                    {
                        "code": code,
                        "share_bp": share,
                        "field_values": {key: text for key, text in texts.items() if text},
                    }
                )
        return said

    def text(self, name: str) -> str:
        """Trimmed."""
        return str(self.form._fields[name].data or "").strip()

    def number(self, name: str) -> int | None:
        """A whole number; nothing is None."""
        return _as_number(self.read(name, int, t("请填写整数", "A whole number")))

    def hundredths(self, name: str) -> int | None:
        """Per cent as basis points; nothing is None."""
        return _as_number(self.read(name, _basis_points, t("请填写百分比，例如 12.5", "Per cent, such as 12.5")))

    def read(self, name: str, how: Callable[[str], Any], otherwise: str) -> Any:
        """What was typed in a field; nothing is None."""
        typed = self.text(name)
        if not typed:
            return None
        try:
            return how(typed)
        except (ValueError, InvalidOperation):
            field = self.form._fields[name]
            field.errors = [*field.errors, otherwise]
            self.has_fault = True
            return None


def values_of(campaign: Mapping[str, Any], keys: Sequence[str]) -> dict[str, Any]:
    """A campaign as its form shows it."""
    conditions = campaign["conditions"]
    repeat = campaign["repeat"] or {"every": "day", "on": [], "step": 1, "starts_on": None}
    shown = {
        name: campaign[name]
        for name in (
            *(
                "name",
                "page",
                "segment_id",
                "member_list_id",
                "tier_ids",
                "coupon_batch_id",
                "points_gift",
                "benefit_for",
            ),
            *("sends_per_second", "max_late_minutes", "send_time", "ends_on", "festival", "days_before", "days_after"),
            "is_member_time",
        )
    }
    shown |= {key: campaign["field_values"].get(key, "") for key in keys}
    shown |= {
        "priority": str(campaign["priority"]),
        "holdout_percent": _percent(campaign["holdout_bp"]),
        "scheduled_at": for_typing(campaign["scheduled_at"]),
        "every": repeat["every"],
        "weekdays": [str(day) for day in repeat["on"]] if repeat["every"] == "week" else [],
        "month_days": ", ".join(str(day) for day in repeat["on"]) if repeat["every"] == "month" else "",
        "step": repeat["step"],
        "starts_on": repeat["starts_on"],
        "categories": ", ".join(conditions.get("categories", [])),
        "years": ", ".join(str(year) for year in conditions.get("years", [])),
        "min_points": conditions.get("min_points"),
        "min_paid_fen": Decimal(conditions["min_paid_fen"]) / 100 if "min_paid_fen" in conditions else None,
        **{name: conditions.get(name, []) for name in CHOSEN},
    }
    for one in campaign["variants"]:
        shown[f"share_{one['code']}"] = _percent(one["share_bp"])
        shown |= {f"{key}_{one['code']}": text for key, text in one["field_values"].items()}
    return shown


def _percent(basis_points: int) -> str:
    return f"{Decimal(basis_points) / 100:g}"


def _basis_points(typed: str) -> int:
    hundredths = Decimal(typed.rstrip("%")) * 100
    if hundredths != hundredths.to_integral_value():
        raise ValueError("finer than a hundredth of a per cent")
    return int(hundredths)


def _parts(typed: str) -> list[str]:
    return [part.strip() for part in typed.replace("，", ",").replace("、", ",").split(",") if part.strip()]


def _whole_numbers(typed: str) -> list[int]:
    return [int(part) for part in _parts(typed)]


def _as_number(read: Any) -> int | None:
    return None if read is None else int(read)
