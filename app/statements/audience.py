"""Writing an audience down: one INSERT … SELECT per range of member ids, everybody with what will become of them and why.

Leans on pk_delivery: running a range again adds nothing (I10). Only what a campaign asks for is in its statement, and every
table is read for the range alone, so that the cost stays near that of writing the rows.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from sqlalchemy import TextClause, text

from app.statements import spread

_PERIODS: Final = ("day", "week", "month")
_RANGE: Final = "{0} > :after_id AND {0} <= :through_id"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a campaign asks of its audience; the values are bound."""

    is_marketing: bool
    # The topic's, in order.
    channels: tuple[str, ...]
    has_tiers: bool = False
    has_list: bool = False
    # A condition over `m` with bound values (rules/segment_compiler.py).
    segment: str = "TRUE"
    has_global_holdout: bool = False
    has_holdout: bool = False
    # (code, share in basis points), by code.
    variants: tuple[tuple[str, int], ...] = ()
    is_member_time: bool = False
    # Everyone of the audience gets a benefit, message or not.
    has_benefit: bool = False

    @property
    def is_subscribe_only(self) -> bool:
        """The topic has no other way: who cannot get a subscribe message gets nothing."""
        return self.channels == ("subscribe",)


@lru_cache(maxsize=64)
def expansion(asked: Asked) -> TextClause:
    """The statement of one range; each row it returns is one more delivery."""
    # OFFSET 0 keeps the planner from working every decision out again for each column that shows it.
    return text(f"""
INSERT INTO delivery (campaign_id, occurrence, member_id, state, reason, variant, openid, message_template_id, due_at,
                      benefit, attempts, awaiting_event, finished_at)
SELECT :campaign_id, :occurrence, r.id,
       CASE WHEN r.reason IS NULL THEN 'planned' WHEN r.is_held THEN 'holdout' WHEN r.reason = 'too_late' THEN 'missed'
            ELSE 'suppressed' END,
       r.reason, CASE WHEN NOT r.is_held THEN r.variant END, r.openid, :message_template_id, r.due_at,
       {"CASE WHEN NOT r.is_held THEN 'due' END" if asked.has_benefit else "NULL"}, 0, false,
       CASE WHEN r.reason IS NOT NULL THEN CAST(:now AS timestamptz) END
  FROM (
    SELECT m.id, i.value AS openid, {held(asked)} AS is_held,
           CASE {reasons(asked)} END AS reason,
           {variant(asked)} AS variant,
           {_due(asked)} AS due_at
      FROM member m
      {_joins(asked)}
     WHERE {_RANGE.format("m.id")} AND m.status = 'active' AND {asked.segment}
    OFFSET 0
  ) r
ON CONFLICT (campaign_id, occurrence, member_id) DO NOTHING
""")  # noqa: S608  (our own fragments; values are bound)


@lru_cache(maxsize=64)
def tally(asked: Asked) -> TextClause:
    """Counted instead of written: by what would stand in the way and by zone, and of the others how many have had as many
    messages as a cap allows."""
    return text(f"""
SELECT r.reason, r.zone, count(*) AS members, count(*) FILTER (WHERE r.is_capped) AS capped
  FROM (
    SELECT m.zone, CASE {reasons(asked)} END AS reason, {_is_capped()} AS is_capped
      FROM member m
      {_joins(asked)}
      {_counters()}
     WHERE {_RANGE.format("m.id")} AND m.status = 'active' AND {asked.segment}
    OFFSET 0
  ) r
 GROUP BY r.reason, r.zone
""")  # noqa: S608  (our own fragments; values are bound)


# Zones whose wall clocks the members of a range live by.
ZONES: Final = text(f"SELECT DISTINCT zone FROM member WHERE zone IS NOT NULL AND {_RANGE.format('id')} ORDER BY zone")  # noqa: S608


def _joins(asked: Asked) -> str:
    # Each by a unique key that a loop can probe: where the planner takes a range for a handful of members, it is no slower
    # than it says. A grouped table here would be worked out again for every member.
    # `|| ''` keeps the planner off the unique index on kind and app id, which before the first ANALYZE it takes for selective
    # and reads from end to end for every member.
    joins = [
        "LEFT JOIN member_identity i ON i.member_id = m.id AND i.kind || '' = 'openid' AND i.app_id || '' = :app_id"
        f" AND {_RANGE.format('i.member_id')}",
        _switched_off(asked),
    ]
    if asked.is_subscribe_only:
        joins.append(
            "LEFT JOIN subscription_grant g ON g.member_id = m.id AND g.message_template_id = :message_template_id"
            f" AND g.remaining > 0 AND {_RANGE.format('g.member_id')}"
        )
    if asked.has_tiers:
        joins.append(
            "JOIN member_account a ON a.member_id = m.id AND a.tier_id = ANY (CAST(:tier_ids AS bigint[]))"
            f" AND {_RANGE.format('a.member_id')}"
        )
    if asked.has_list:
        joins.append(
            "JOIN member_list_entry e ON e.list_id = :member_list_id AND e.member_id = m.id"
            f" AND {_RANGE.format('e.member_id')}"
        )
    if asked.is_member_time:
        joins.append(
            "LEFT JOIN unnest(CAST(:zones AS text[]), CAST(:zone_due_at AS timestamptz[]), CAST(:zone_late AS boolean[]))"
            " AS z (zone, due_at, is_late) ON z.zone = m.zone"
        )
    return "\n      ".join(joins)


def _switched_off(asked: Asked) -> str:
    """On every channel the topic has."""
    if len(asked.channels) == 1:
        return (
            "LEFT JOIN message_preference off ON off.member_id = m.id AND off.topic = :topic"
            f" AND off.channel = ANY (CAST(:channels AS text[])) AND NOT off.is_on AND {_RANGE.format('off.member_id')}"
        )
    return (
        "LEFT JOIN LATERAL (SELECT m.id AS member_id FROM message_preference p"
        " WHERE p.member_id = m.id AND p.topic = :topic AND p.channel = ANY (CAST(:channels AS text[])) AND NOT p.is_on"
        " HAVING count(*) = cardinality(CAST(:channels AS text[]))) off ON true"
    )


def _counters() -> str:
    return "\n      ".join(
        f"LEFT JOIN frequency_counter per_{period} ON per_{period}.member_id = m.id AND per_{period}.period = '{period}'"
        f" AND per_{period}.starts_on = :{period} AND per_{period}.sent >= :{period}_cap"
        for period in _PERIODS
    )


def _is_capped() -> str:
    return " OR ".join(f"per_{period}.member_id IS NOT NULL" for period in _PERIODS)


def _held_globally(asked: Asked) -> str:
    return f"({spread.number('global_seed')}) < :global_holdout_bp" if asked.has_global_holdout else ""


def _held_here(asked: Asked) -> str:
    return f"({spread.number('holdout_seed')}) < :holdout_bp" if asked.has_holdout else ""


def held(asked: Asked) -> str:
    """SQL: whether the member is held out."""
    return " OR ".join(filter(None, (_held_globally(asked), _held_here(asked)))) or "false"


def reasons(asked: Asked) -> str:
    """SQL, the arms of a CASE: the first that applies is told. Held out before everything, so that what is compared is alike."""
    arms = (
        (_held_globally(asked), "global"),
        (_held_here(asked), "campaign"),
        ("i.value IS NULL" if asked.is_subscribe_only else "", "no_openid"),
        ("NOT m.marketing_consent" if asked.is_marketing else "", "no_marketing_consent"),
        ("off.member_id IS NOT NULL", "switched_off"),
        ("g.member_id IS NULL" if asked.is_subscribe_only else "", "no_grant"),
        ("coalesce(z.is_late, :is_late)" if asked.is_member_time else "", "too_late"),
    )
    return " ".join(f"WHEN {condition} THEN '{reason}'" for condition, reason in arms if condition)


def variant(asked: Asked) -> str:
    """SQL: in which words."""
    return spread.pick(f"({spread.number('variant_seed')})", asked.variants) if asked.variants else "NULL"


def _due(asked: Asked) -> str:
    return (
        "coalesce(z.due_at, CAST(:due_at AS timestamptz))" if asked.is_member_time else "CAST(:due_at AS timestamptz)"
    )
