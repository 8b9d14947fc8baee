"""Writing an audience down: one INSERT … SELECT per range of member ids, everybody with what will become of them and why.

Leans on pk_delivery: running a range again adds nothing (I10). Only what a campaign asks for is in its statement, and every
table is read for the range alone, so that the cost stays near that of writing the rows.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from sqlalchemy import TextClause, text

from app.statements import spread

_RANGE: Final = "{0} > :after_id AND {0} <= :through_id"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a campaign asks of its audience; the values are bound."""

    is_marketing: bool
    # The topic has no other way than subscribe messages: who cannot get one gets nothing.
    is_subscribe_only: bool
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
    SELECT m.id, i.value AS openid, {_held(asked)} AS is_held,
           CASE {_reasons(asked)} END AS reason,
           {_variant(asked)} AS variant,
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
    SELECT m.zone, CASE {_reasons(asked)} END AS reason, full_up.member_id IS NOT NULL AS is_capped
      FROM member m
      {_joins(asked)}
      LEFT JOIN (SELECT f.member_id FROM frequency_counter f
                  WHERE (f.period = 'day' AND f.starts_on = :day AND f.sent >= :day_cap)
                     OR (f.period = 'week' AND f.starts_on = :week AND f.sent >= :week_cap)
                     OR (f.period = 'month' AND f.starts_on = :month AND f.sent >= :month_cap)
                  GROUP BY f.member_id) full_up ON full_up.member_id = m.id
     WHERE {_RANGE.format("m.id")} AND m.status = 'active' AND {asked.segment}
    OFFSET 0
  ) r
 GROUP BY r.reason, r.zone
""")  # noqa: S608  (our own fragments; values are bound)


# Zones whose wall clocks the members of a range live by.
ZONES: Final = text(f"SELECT DISTINCT zone FROM member WHERE zone IS NOT NULL AND {_RANGE.format('id')} ORDER BY zone")  # noqa: S608


def _joins(asked: Asked) -> str:
    # `|| ''` keeps the planner off the unique index on kind and app id, which before the first ANALYZE it takes for selective
    # and reads from end to end for every member.
    joins = [
        "LEFT JOIN member_identity i ON i.member_id = m.id AND i.kind || '' = 'openid' AND i.app_id || '' = :app_id"
        f" AND {_RANGE.format('i.member_id')}",
        # Switched off on every channel the topic has.
        "LEFT JOIN (SELECT p.member_id FROM message_preference p"  # noqa: S608  (our own fragments)
        f" WHERE {_RANGE.format('p.member_id')} AND p.topic = :topic AND p.channel = ANY (CAST(:channels AS text[]))"
        " AND NOT p.is_on GROUP BY p.member_id HAVING count(*) = cardinality(CAST(:channels AS text[]))) off"
        " ON off.member_id = m.id",
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


def _held_globally(asked: Asked) -> str:
    return f"({spread.number('global_seed')}) < :global_holdout_bp" if asked.has_global_holdout else ""


def _held_here(asked: Asked) -> str:
    return f"({spread.number('holdout_seed')}) < :holdout_bp" if asked.has_holdout else ""


def _held(asked: Asked) -> str:
    return " OR ".join(filter(None, (_held_globally(asked), _held_here(asked)))) or "false"


def _reasons(asked: Asked) -> str:
    """The first that applies is the one told: held out before everything, so that what is compared is alike."""
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


def _variant(asked: Asked) -> str:
    return spread.pick(f"({spread.number('variant_seed')})", asked.variants) if asked.variants else "NULL"


def _due(asked: Asked) -> str:
    return (
        "coalesce(z.due_at, CAST(:due_at AS timestamptz))" if asked.is_member_time else "CAST(:due_at AS timestamptz)"
    )
