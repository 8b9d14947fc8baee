"""The SQL of questions about what a member is and has: profile, tags, lists, tier, points, growth, scores."""

# ruff: noqa: S608  (put together from constants; what a rule says is bound)

from collections.abc import Callable, Mapping
from typing import Any, Final

from app.rules.segment_sql import Binds, between, date_start, day_start, days_ago, exists, keys_of

Said = Mapping[str, Any]
AsSql = Callable[[Said, Binds], str]


def _one_of(column: str) -> AsSql:
    return lambda said, binds: f"coalesce({column} = ANY ({binds.texts(said['any_of'])}), false)"


def _joined_on(said: Said, binds: Binds) -> str:
    parts = []
    if "from" in said:
        parts.append(f"m.joined_at >= {date_start(binds(said['from'], 'date'))}")
    if "until" in said:
        parts.append(f"m.joined_at < {date_start(binds(said['until'], 'date') + ' + 1')}")
    return f"({' AND '.join(parts)})"


def _joined_store(said: Said, binds: Binds) -> str:
    return f"coalesce(m.joined_store_id = {keys_of('store', 'code', binds.texts(said['any_of']))}, false)"


def _birthday_month(said: Said, binds: Binds) -> str:
    return f"coalesce(m.birth_month = ANY ({binds(said['any_of'], 'integer[]')}), false)"


def _tag(said: Said, binds: Binds) -> str:
    wanted = keys_of("tag", "name", binds.texts(said["any_of"]))
    return exists(f"FROM member_tag x WHERE x.member_id = m.id AND x.tag_id = {wanted}")


def _member_list(said: Said, binds: Binds) -> str:
    wanted = keys_of("member_list", "public_id", binds(said["any_of"], "uuid[]"))
    return exists(f"FROM member_list_entry x WHERE x.member_id = m.id AND x.list_id = {wanted}")


def _tier(said: Said, binds: Binds) -> str:
    wanted = keys_of("tier", "code", binds.texts(said["any_of"]))
    return exists(f"FROM member_account x WHERE x.member_id = m.id AND x.tier_id = {wanted}")


def _points_balance(said: Said, binds: Binds) -> str:
    """Points that have run out are gone, whether or not the tick has booked it."""
    gone = (
        "SELECT coalesce(sum(l.remaining), 0) FROM points_lot l WHERE l.member_id = x.member_id AND l.remaining > 0"
        " AND l.expires_at <= CAST(:seg_now AS timestamptz)"
    )
    return between(f"(SELECT x.points_balance - ({gone}) FROM member_account x WHERE x.member_id = m.id)", said, binds)


def _points_expiring(said: Said, binds: Binds) -> str:
    until = day_start(binds(said["days"] + 1, "integer"))
    points = (
        "(SELECT coalesce(sum(l.remaining), 0) FROM points_lot l WHERE l.member_id = m.id AND l.remaining > 0"
        f" AND l.expires_at > CAST(:seg_now AS timestamptz) AND l.expires_at <= {until})"
    )
    return between(points, {"min": 1, **said} if "max" not in said else said, binds)


def _growth(said: Said, binds: Binds) -> str:
    return between("(SELECT x.growth_value FROM member_account x WHERE x.member_id = m.id)", said, binds)


def _lifecycle(said: Said, binds: Binds) -> str:
    stages = binds.texts(said["any_of"])
    return exists(f"FROM member_figure x WHERE x.member_id = m.id AND x.stage = ANY ({stages})")


def _score(column: str) -> AsSql:
    figure = f"(SELECT x.{column} FROM member_figure x WHERE x.member_id = m.id)"
    return lambda said, binds: between(figure, said, binds)


QUESTIONS: Final[Mapping[str, AsSql]] = {
    "joined_on": _joined_on,
    "joined_days_ago": lambda said, binds: days_ago("m.joined_at", said, binds),
    "joined_channel": _one_of("m.joined_channel"),
    "joined_store": _joined_store,
    "birthday_month": _birthday_month,
    "birthday_this_month": lambda _, __: (
        "coalesce(m.birth_month = EXTRACT(month FROM CAST(:seg_today AS date)), false)"
    ),
    "has_birthday": lambda _, __: "(m.birth_month IS NOT NULL)",
    "has_phone": lambda _, __: "(m.phone_index IS NOT NULL)",
    "locale": _one_of("m.locale"),
    "marketing_consent": lambda _, __: "m.marketing_consent",
    "tag": _tag,
    "member_list": _member_list,
    "tier": _tier,
    "points_balance": _points_balance,
    "points_expiring": _points_expiring,
    "growth": _growth,
    "lifecycle": _lifecycle,
    "recency_score": _score("recency"),
    "frequency_score": _score("frequency"),
    "money_score": _score("money"),
}
