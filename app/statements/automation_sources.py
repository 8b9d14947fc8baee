"""Whom automations are about: for each kind the members of given dates or instants, with what "once" means for them.

Each is read along an index from a cursor on, so the cost follows the matches. Every source has the columns member_id,
occurrence, due_on, last_on (the last date on which the message is true), key_at and key_id, which with the occurrence are the
cursor. Parallel arrays :starts, :ends, :dates are half-open instants and the date they lead to.
"""

from functools import lru_cache
from typing import Final

from sqlalchemy import TextClause, text

_SPANS: Final = (
    "unnest(CAST(:starts AS timestamptz[]), CAST(:ends AS timestamptz[]), CAST(:dates AS date[]))"
    " AS span (starts_at, ends_at, due_on)"
)


def _asks_nothing(name: str) -> str:
    return f"cardinality(CAST(:ask_{name} AS text[])) = 0"


# Served by ix_member_birthday.
_BIRTHDAY: Final = """
SELECT m.id AS member_id, to_char(span.due_on, 'YYYY') AS occurrence, span.due_on, span.due_on AS last_on,
       CAST('epoch' AS timestamptz) AS key_at, m.id AS key_id
  FROM unnest(CAST(:months AS integer[]), CAST(:days AS integer[]), CAST(:dates AS date[])) AS span (month, day, due_on)
  JOIN member m ON m.birth_month = span.month AND m.birth_day = span.day AND m.birth_month IS NOT NULL
                   AND m.status = 'active'
 WHERE m.id > :after_id
"""

# Served by ix_member_joined_at.
_JOINED: Final = """
SELECT m.id AS member_id, {occurrence} AS occurrence, span.due_on, span.due_on AS last_on,
       m.joined_at AS key_at, m.id AS key_id
  FROM {spans}
  JOIN member m ON m.joined_at >= span.starts_at AND m.joined_at < span.ends_at AND m.status = 'active'
 WHERE (m.joined_at, m.id) > (:after_at, :after_id) AND m.joined_at >= :since
   AND ({every_channel} OR m.joined_channel = ANY (CAST(:ask_channels AS text[])))
"""
_ANNIVERSARY: Final = _JOINED.format(
    occurrence="to_char(span.due_on, 'YYYY')", spans=_SPANS, every_channel=_asks_nothing("channels")
)
# Who was brought along from a file joined long ago: welcomed only where the automation asks for them.
_WELCOME: Final = _JOINED.format(
    occurrence="'welcome'", spans=_SPANS, every_channel=f"{_asks_nothing('channels')} AND m.joined_channel <> 'import'"
)

# The figures name the candidates (ix_member_figure_last_purchase_on), the bills decide: once per last purchase.
_LAPSE: Final = f"""
SELECT f.member_id, 'lapse:' || f.last_purchase_on AS occurrence, span.due_on, span.due_on AS last_on,
       CAST('epoch' AS timestamptz) AS key_at, f.member_id AS key_id
  FROM {_SPANS}
  JOIN member_figure f ON f.last_purchase_on IS NOT NULL
                      AND f.last_purchase_on = span.due_on - CAST(:days_after AS integer)
 WHERE f.member_id > :after_id
   AND (SELECT p.id FROM purchase p WHERE p.member_id = f.member_id AND p.occurred_at >= span.ends_at AND p.status = 'paid'
         LIMIT 1) IS NULL
"""  # noqa: S608  (our own fragments)

_BILL: Final = f"""
SELECT p.member_id, p.id, p.occurred_at, p.public_id, span.due_on
  FROM {_SPANS} {{stores}}
  JOIN purchase p ON {{at}} AND p.occurred_at >= span.starts_at AND p.occurred_at < span.ends_at
 WHERE (p.occurred_at, p.id) > (:after_at, :after_id) AND p.occurred_at >= :since
   AND p.status = 'paid' AND p.bill_fen - p.discount_fen - p.refunded_fen >= :ask_min_paid_fen
   AND ({_asks_nothing("channels")} OR p.channel = ANY (CAST(:ask_channels AS text[]))
        OR ('store' = ANY (CAST(:ask_channels AS text[])) AND starts_with(p.channel, 'store:')))
   AND ({_asks_nothing("categories")} OR EXISTS (
        SELECT FROM purchase_line l WHERE l.purchase_id = p.id AND l.category = ANY (CAST(:ask_categories AS text[]))))
"""  # noqa: S608
# Store by store along ix_purchase_store_id_occurred_at; bills of other channels have none.
_AFTER_PURCHASE: Final = f"""
SELECT b.member_id, 'purchase:' || b.public_id AS occurrence, b.due_on, b.due_on AS last_on,
       b.occurred_at AS key_at, b.id AS key_id
  FROM ({_BILL.format(stores="CROSS JOIN store s", at="p.store_id = s.id")}
          AND ({_asks_nothing("stores")} OR s.code = ANY (CAST(:ask_stores AS text[])))
        UNION ALL
        {_BILL.format(stores="", at="p.store_id IS NULL")} AND {_asks_nothing("stores")}) b
"""  # noqa: S608

# Served by ix_member_event_kind_occurred_at.
_EVENT: Final = f"""
SELECT e.member_id, e.occurrence, span.due_on, {{last_on}} AS last_on, e.occurred_at AS key_at, e.member_id AS key_id
  FROM {_SPANS}
  JOIN member_event e ON e.kind = :event AND e.occurred_at >= span.starts_at AND e.occurred_at < span.ends_at
 WHERE (e.occurred_at, e.member_id, e.occurrence) > (:after_at, :after_id, :after_occurrence) AND e.occurred_at >= :since
   {{asked}}
"""  # noqa: S608
_EXPIRES: Final = "CAST(e.details ->> 'expires_on' AS date)"
_TIERS: Final = f"AND ({_asks_nothing('tiers')} OR e.details ->> 'to' = ANY (CAST(:ask_tiers AS text[])))"

SOURCES: Final = {
    "birthday": _BIRTHDAY,
    "anniversary": _ANNIVERSARY,
    "welcome": _WELCOME,
    "lapse": _LAPSE,
    "after_purchase": _AFTER_PURCHASE,
    "coupon_will_expire": _EVENT.format(last_on=_EXPIRES, asked=""),
    "points_will_expire": _EVENT.format(
        last_on=_EXPIRES, asked="AND CAST(e.details ->> 'points' AS bigint) >= :ask_min_points"
    ),
    "tier_will_drop": _EVENT.format(last_on="CAST(e.occurrence AS date)", asked=""),
    "tier_up": _EVENT.format(last_on="e.business_date", asked=_TIERS),
    "tier_down": _EVENT.format(last_on="e.business_date", asked=_TIERS),
}


@lru_cache(maxsize=len(SOURCES))
def page(kind: str) -> TextClause:
    """The next members who are not planned yet, with their zones. A sub-select that cannot become a join over the whole
    campaign asks pk_delivery for each."""
    return text(f"""
SELECT s.*, (SELECT zone FROM member WHERE id = s.member_id) AS zone
  FROM ({SOURCES[kind]}) s
 WHERE (SELECT d.member_id FROM delivery d
         WHERE d.campaign_id = :campaign_id AND d.occurrence = s.occurrence AND d.member_id = s.member_id) IS NULL
 ORDER BY s.key_at, s.key_id, s.occurrence
 LIMIT :limit
""")  # noqa: S608  (our own fragments; values are bound)


# The first day anybody joined.
FIRST_JOINED: Final = text("SELECT min(joined_at) FROM member WHERE status = 'active'")
