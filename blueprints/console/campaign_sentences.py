"""When a campaign goes out and to whom, as sentences."""

from typing import Any, Final

from blueprints.console import campaign_words as words
from blueprints.pages.words import shop_time, shop_zone, t

WEEKDAYS: Final = (
    ("一", "Mon"),
    ("二", "Tue"),
    ("三", "Wed"),
    ("四", "Thu"),
    ("五", "Fri"),
    ("六", "Sat"),
    ("日", "Sun"),
)
CONDITIONS: Final[words.Words] = {
    "years": ("满几周年", "Years since joining"),
    "channels": ("渠道", "Channels"),
    "stores": ("门店", "Stores"),
    "categories": ("品类", "Categories"),
    "min_paid_fen": ("实付满（元）", "Paid at least (yuan)"),
    "min_points": ("积分满", "Points at least"),
    "tiers": ("等级", "Tiers"),
}


def timing(campaign: dict[str, Any]) -> str:
    """When it goes out."""
    kind = campaign["kind"]
    if kind == "one_off":
        at = shop_time(campaign["scheduled_at"])
        return t("还没有定时间", "No time yet") if at is None else f"{at:%Y-%m-%d %H:%M} ({shop_zone()})"
    parts = [_when(campaign), _clock(campaign)]
    if campaign["ends_on"]:
        parts.append(t("到 {on} 为止", "until {on}", on=campaign["ends_on"]))
    return t("，", ", ").join(part for part in parts if part)


def conditions(campaign: dict[str, Any]) -> list[str]:
    """What must hold of an automation's event besides."""
    told = []
    for key, value in campaign["conditions"].items():
        shown = value // 100 if key == "min_paid_fen" else value
        listed = t("、", ", ").join(str(one) for one in shown) if isinstance(shown, list) else str(shown)
        told.append(t("{name}：{value}", "{name}: {value}", name=words.name(CONDITIONS, key), value=listed))
    return told


def _when(campaign: dict[str, Any]) -> str:
    kind = campaign["kind"]
    if kind == "recurring":
        return repeating(campaign["repeat"])
    if kind == "festival":
        return _before(words.name(words.FESTIVALS, campaign["festival"]), campaign["days_before"])
    name = words.name(words.KINDS, kind)
    if campaign["days_before"] is not None:
        return _before(name, campaign["days_before"])
    if campaign["days_after"]:
        return t("{name}第 {n} 天", "{name}: day {n}", name=name, n=campaign["days_after"])
    return t("{name}：随即", "{name}: at once", name=name)


def _before(name: str, days: int) -> str:
    if not days:
        return t("{name}当天", "{name}, on the day", name=name)
    return t("{name}前 {n} 天", "{n} days before: {name}", name=name, n=days)


def _clock(campaign: dict[str, Any]) -> str:
    if not campaign["send_time"]:
        return ""
    if campaign["is_member_time"]:
        return t("会员当地 {at}", "at {at} by each member’s clock", at=campaign["send_time"])
    return f"{campaign['send_time']} ({shop_zone()})"


def repeating(repeat: dict[str, Any]) -> str:
    """ "Every second week on Mon, Fri"."""
    every, step, on = repeat["every"], repeat["step"], repeat["on"]
    unit = {"day": ("天", "day"), "week": ("周", "week"), "month": ("月", "month")}[every]
    zh = f"每 {step} {unit[0]}" if step > 1 else f"每{unit[0]}"
    en = f"Every {step} {unit[1]}s" if step > 1 else f"Every {unit[1]}"
    if every == "week" and on:
        zh += "、".join(WEEKDAYS[day - 1][0] for day in on)
        en += " on " + ", ".join(WEEKDAYS[day - 1][1] for day in on)
    if every == "month" and on:
        zh += "、".join("最后一天" if day < 0 else f"{day} 日" for day in on)
        en += " on day " + ", ".join("last" if day < 0 else str(day) for day in on)
    return t(zh, en)
