"""What happened with one member, newest first, from every ledger and list in one statement.

Each part reads the member's own rows by an index that begins with the member, sorts them, and gives no more than the page
can show; the cursor is `(at, kind, key)`. A part whose kind is not asked for is not read.
"""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import text

KINDS: Final = ("purchase", "refund", "points", "coupon", "message", "check_in", "tier", "note", "consent")


@dataclass(frozen=True, slots=True)
class _Part:
    """One source. Every column is an expression over `source`; what a part does not know is NULL."""

    kind: str
    source: str
    key: str
    at: str
    event: str
    name: str = "NULL"
    name_en: str = "NULL"
    amount: str = "NULL"
    count: str = "NULL"
    reference: str = "NULL"
    reason: str = "NULL"
    channel: str = "NULL"
    place: str = "NULL"
    person: str = "NULL"
    words: str = "NULL"

    def sql(self) -> str:
        key = f'CAST({self.key} AS text) COLLATE "C"'
        return f"""(
            SELECT {self.at} AS at, '{self.kind}' COLLATE "C" AS kind, {key} AS key, CAST({self.event} AS text) AS event,
                   CAST({self.name} AS text) AS name, CAST({self.name_en} AS text) AS name_en,
                   CAST({self.amount} AS bigint) AS amount, CAST({self.count} AS bigint) AS count,
                   CAST({self.reference} AS text) AS reference, CAST({self.reason} AS text) AS reason,
                   CAST({self.channel} AS text) AS channel, CAST({self.place} AS text) AS place,
                   CAST({self.person} AS text) AS person, CAST({self.words} AS text) AS words
              FROM {self.source}
               AND (CAST(:kind AS text) IS NULL OR :kind = '{self.kind}')
               AND (CAST(:at AS timestamptz) IS NULL OR ({self.at}, '{self.kind}' COLLATE "C", {key})
                    < (CAST(:at AS timestamptz), CAST(:after_kind AS text), CAST(:after_key AS text)))
             ORDER BY {self.at} DESC, {key} DESC LIMIT :limit)"""  # noqa: S608  (the parts below are our own constants)


_COUPON: Final = "coupon c JOIN coupon_template t ON t.id = c.template_id"
_USED: Final = (
    f"redemption r JOIN ({_COUPON}) ON c.member_id = r.member_id AND c.id = r.coupon_id"
    " JOIN store s ON s.id = r.store_id JOIN staff p ON p.id = r.staff_id WHERE r.member_id = :member_id"
)

_PARTS: Final = (
    _Part(
        "purchase",
        "purchase b LEFT JOIN store s ON s.id = b.store_id WHERE b.member_id = :member_id",
        key="b.id",
        at="b.occurred_at",
        event="b.status",
        amount="b.bill_fen - b.discount_fen",
        reference="b.order_no",
        channel="CASE WHEN b.store_id IS NULL THEN b.channel ELSE 'store' END",
        place="s.name",
    ),
    _Part(
        "refund",
        "purchase b JOIN purchase_refund f ON f.purchase_id = b.id LEFT JOIN store s ON s.id = b.store_id"
        " WHERE b.member_id = :member_id",
        key="f.id",
        at="f.occurred_at",
        event="'refunded'",
        amount="f.amount_fen",
        reference="b.order_no",
        channel="CASE WHEN b.store_id IS NULL THEN b.channel ELSE 'store' END",
        place="s.name",
    ),
    _Part(
        "points",
        "points_entry e LEFT JOIN earning_rule_version v ON v.id = e.rule_version_id WHERE e.member_id = :member_id",
        key="e.id",
        at="e.occurred_at",
        event="e.kind",
        name="v.name",
        name_en="v.name_en",
        amount="e.delta",
        count="e.balance_after",
        reference="e.source",
    ),
    _Part(
        "coupon",
        f"{_COUPON} WHERE c.member_id = :member_id",
        key="'issued:' || c.id",
        at="c.issued_at",
        event="'issued'",
        name="t.name",
        amount="c.value_fen",
    ),
    _Part(
        "coupon",
        f"{_COUPON} WHERE c.member_id = :member_id AND c.status = 'expired'",
        key="'expired:' || c.id",
        at="c.expires_at",
        event="'expired'",
        name="t.name",
        amount="c.value_fen",
    ),
    _Part(
        "coupon",
        f"{_COUPON} JOIN revocation v ON v.id = c.revocation_id"
        " WHERE c.member_id = :member_id AND c.status = 'revoked'",
        key="'revoked:' || c.id",
        at="v.created_at",
        event="'revoked'",
        name="t.name",
        amount="c.value_fen",
        reason="v.reason",
    ),
    _Part(
        "coupon",
        f"coupon_transfer x JOIN ({_COUPON}) ON c.member_id = x.from_member_id AND c.id = x.from_coupon_id"
        " WHERE x.from_member_id = :member_id AND x.state = 'accepted'",
        key="'given:' || x.id",
        at="x.ended_at",
        event="'given'",
        name="t.name",
        amount="c.value_fen",
    ),
    _Part(
        "coupon",
        _USED,
        key="'used:' || r.id",
        at="r.redeemed_at",
        event="'used'",
        name="t.name",
        amount="r.discount_fen",
        place="s.name",
        person="p.display_name",
    ),
    _Part(
        "coupon",
        f"{_USED} AND r.reversed_at IS NOT NULL",
        key="'returned:' || r.id",
        at="r.reversed_at",
        event="'returned'",
        name="t.name",
        amount="r.discount_fen",
        reason="r.returned_by",
        place="s.name",
    ),
    _Part(
        "message",
        "delivery d JOIN message_template t ON t.id = d.message_template_id JOIN campaign g ON g.id = d.campaign_id"
        " WHERE d.member_id = :member_id",
        key="d.campaign_id || ':' || d.occurrence",
        at="coalesce(d.finished_at, d.dispatched_at, d.due_at)",
        event="d.state",
        name="t.title",
        reference="g.name",
        reason="d.reason",
        channel="d.channel",
    ),
    _Part(
        "check_in",
        "check_in k WHERE k.member_id = :member_id",
        key="k.business_date",
        at="k.checked_in_at",
        event="CASE WHEN k.makeup_no IS NULL THEN 'on_time' ELSE 'made_up' END",
        amount="k.points",
        count="k.streak",
        reference="k.business_date",
    ),
    _Part(
        "tier",
        "tier_history h JOIN tier t ON t.id = h.tier_id WHERE h.member_id = :member_id",
        key="h.id",
        at="h.starts_at",
        event="'held'",
        name="t.name",
        name_en="t.name_en",
        reason="h.reason",
    ),
    _Part(
        "note",
        "member_note n JOIN staff p ON p.id = n.written_by_id LEFT JOIN store s ON s.id = n.store_id"
        " WHERE n.member_id = :member_id",
        key="n.id",
        at="n.written_at",
        event="'written'",
        place="s.name",
        person="p.display_name",
        words="n.note",
    ),
    _Part(
        "consent",
        "consent o WHERE o.member_id = :member_id",
        key="o.id",
        at="o.recorded_at",
        event="CASE WHEN o.granted THEN 'granted' ELSE 'withdrawn' END",
        name="o.purpose",
        reference="o.document_version",
        channel="o.channel",
    ),
)

_LINES: Final = " UNION ALL ".join(part.sql() for part in _PARTS)
NEWEST_FIRST: Final = text(f"SELECT * FROM ({_LINES}) AS line ORDER BY at DESC, kind DESC, key DESC LIMIT :limit")  # noqa: S608
