"""One row of each table, fine as it stands beside the world: a violation changes one thing of it."""

from tests.constraints.violation import DAY, LATER, NOON, UUID, Row, Sql, Value

ANNA, BERT, CARL, DORA = 9001, 9002, 9003, 9004
TIER, OTHER_TIER = 9500, 9501
STORE, CLERK, BOSS = 9401, 9411, 9412
EARNED, SPENT = 1001, 1002
OPEN_LOT, EMPTY_LOT = 2001, 2002
OPEN_HOLD, ENDED_HOLD, USED_HOLD = 3001, 3002, 3003
GREW = 4001
TIER_SPELL = 5001
BILL, REFUND = 6001, 7001
RULE, VERSION, EARNING = 8001, 8101, 8201
ADJUSTMENT, LADDER, BENEFIT = 8301, 8401, 8501
SEALED, UNSEALED = 9601, 9602
CONSENT, MERGE, BADGE, TEMPLATE, GRANTED = 9801, 9802, 9803, 9804, 9805
NOTE, WISH = 9806, 9807
# Who wears the badge.
WORN = ANNA

# Public ids that a second row might claim.
TAKEN = "00000000-0000-7000-8000-{:012d}"


def taken(number: int) -> str:
    """The public id of a row of this world."""
    return TAKEN.format(number)


def member(number: int, **changes: Value) -> Row:
    """A member of that key."""
    row: Row = {
        "id": number,
        "public_id": taken(number),
        "status": "active",
        "nickname": "",
        "locale": "zh_CN",
        "code_number": str(number),
        "code_secret_cipher": Sql("''::bytea"),
        "marketing_consent": False,
        "joined_at": NOON,
        "joined_channel": "mini",
    }
    return row | changes


def account(member_id: int, **changes: Value) -> Row:
    """An empty account."""
    zeros = ("points_balance", "points_owed", "points_held", "points_seq", "growth_value", "growth_seq")
    row: Row = {"member_id": member_id, **dict.fromkeys(zeros, 0), "tier_id": TIER}
    return row | changes


def points_entry(number: int, **changes: Value) -> Row:
    """An entry of Anna's from before all others: her last one stays the last."""
    row: Row = {
        "member_id": ANNA,
        "id": number,
        "seq": 0,
        "kind": "earn",
        "from_account": "issue",
        "to_account": "member",
        "amount": 1,
        "balance_after": 0,
        "owed_after": 0,
        "source": f"source-{number}",
        "business_date": DAY,
        "occurred_at": NOON,
        "recorded_at": NOON,
    }
    return row | changes


def points_lot(number: int, **changes: Value) -> Row:
    """A lot of Anna's first entry in which nothing is left."""
    row: Row = {
        "member_id": ANNA,
        "id": number,
        "entry_id": EARNED,
        "granted": 5,
        "remaining": 0,
        "held": 0,
        "earned_at": NOON,
        "expires_at": None,
    }
    return row | changes


def points_hold(number: int, **changes: Value) -> Row:
    """A hold of Anna's that was released."""
    row: Row = {
        "member_id": ANNA,
        "id": number,
        "public_id": UUID,
        "amount": 1,
        "source": f"source-{number}",
        "state": "released",
        "created_at": NOON,
        "expires_at": LATER,
        "ended_at": LATER,
    }
    return row | changes


def growth_entry(number: int, **changes: Value) -> Row:
    """One growth of Anna's from before all others: her last one stays the last."""
    row: Row = {
        "member_id": ANNA,
        "id": number,
        "seq": 0,
        "kind": "earn",
        "delta": 1,
        "growth_after": 0,
        "source": f"source-{number}",
        "business_date": DAY,
        "counts_on": DAY,
        "occurred_at": NOON,
        "recorded_at": NOON,
    }
    return row | changes


def purchase(number: int, **changes: Value) -> Row:
    """A paid bill of Anna's over one yuan."""
    row: Row = {
        "id": number,
        "public_id": UUID,
        "member_id": ANNA,
        "store_id": STORE,
        "channel": "till",
        "order_no": str(number),
        "bill_fen": 100,
        "discount_fen": 0,
        "refunded_fen": 0,
        "status": "paid",
        "occurred_at": NOON,
    }
    return row | changes


def purchase_line(purchase_id: int, **changes: Value) -> Row:
    """A line given for nothing."""
    row: Row = {"purchase_id": purchase_id, "line_no": 99, "sku": "", "category": "", "quantity": 1, "amount_fen": 0}
    return row | changes


def purchase_refund(number: int, **changes: Value) -> Row:
    """One fen back on Anna's bill."""
    row: Row = {
        "id": number,
        "public_id": UUID,
        "purchase_id": BILL,
        "refund_no": str(number),
        "amount_fen": 1,
        "occurred_at": NOON,
        "recorded_at": NOON,
    }
    return row | changes


def earning_rule_version(number: int, **changes: Value) -> Row:
    """What the rule said ten days ago."""
    row: Row = {
        "id": number,
        "rule_id": RULE,
        "version": number,
        "name": "",
        "name_en": "",
        "terms": "{}",
        "starts_at": Sql(f"{NOON} - interval '10 days'"),
        "ends_at": Sql(f"{NOON} - interval '9 days'"),
        "created_at": NOON,
    }
    return row | changes


def earning(number: int, **changes: Value) -> Row:
    """Ten points the rule paid Anna."""
    row: Row = {
        "member_id": ANNA,
        "id": number,
        "rule_id": RULE,
        "rule_version_id": VERSION,
        "source": f"source-{number}",
        "amount": 10,
        "taken_back": 0,
        "business_date": DAY,
        "detail": "{}",
    }
    return row | changes


def tier_history(number: int, **changes: Value) -> Row:
    """A day on the tier, ten days ago."""
    row: Row = {
        "member_id": ANNA,
        "id": number,
        "tier_id": TIER,
        "starts_at": Sql(f"{NOON} - interval '10 days'"),
        "ends_at": Sql(f"{NOON} - interval '9 days'"),
        "reason": "growth",
    }
    return row | changes


def check_in(**changes: Value) -> Row:
    """Bert's check-in."""
    row: Row = {"member_id": BERT, "business_date": DAY, "streak": 1, "points": 5, "checked_in_at": NOON}
    return row | changes


def adjustment(number: int, **changes: Value) -> Row:
    """A goodwill of the clerk's, below the limit."""
    row: Row = {
        "id": number,
        "public_id": UUID,
        "member_id": ANNA,
        "ledger": "points",
        "amount": 5,
        "reason_code": "goodwill",
        "reason": "waited long",
        "state": "booked",
        "needs_approval": False,
        "business_date": DAY,
        "requested_by_id": CLERK,
        "requested_at": NOON,
    }
    return row | changes


def ladder(number: int, **changes: Value) -> Row:
    """A draft."""
    row: Row = {
        "id": number,
        "public_id": UUID,
        "name": "",
        "status": "draft",
        "qualification": "lifetime",
        "downgrade": "keep",
        "grace_days": 0,
        "notice_days": 0,
        "thresholds": "{}",
        "created_at": NOON,
    }
    return row | changes


def tier(number: int, **changes: Value) -> Row:
    """A rung far above the others."""
    row: Row = {
        "id": number,
        "public_id": UUID,
        "code": f"tier-{number}",
        "name": "",
        "name_en": "",
        "rank": number,
        "growth_threshold": number * 1_000_000,
        "colour": "#aabbcc",
        "emblem": "star",
    }
    return row | changes


def tier_benefit(number: int, **changes: Value) -> Row:
    """A place in front of the queue."""
    row: Row = {"id": number, "public_id": UUID, "tier_id": TIER, "kind": "priority"}
    return row | changes


def tier_gift(**changes: Value) -> Row:
    """Bert's pack of the month, still due."""
    row: Row = {
        "member_id": BERT,
        "tier_id": TIER,
        "kind": "monthly_pack",
        "period": "2026-11",
        "state": "due",
        "due_at": NOON,
    }
    return row | changes


def audit_entry(number: int, **changes: Value) -> Row:
    """What the system did."""
    row: Row = {
        "id": number,
        "recorded_at": NOON,
        "actor_kind": "system",
        "action": "member.note",
        "object_kind": "member",
        "details": "{}",
    }
    return row | changes


def audit_seal(number: int, **changes: Value) -> Row:
    """A block over one row."""
    row: Row = {
        "block_no": number,
        "entries": 1,
        "previous_hash": Sql(f"sha256('{number - 1}')"),
        "hash": Sql(f"sha256('{number}')"),
        "sealed_at": NOON,
    }
    return row | changes


def audit_seal_entry(number: int, **changes: Value) -> Row:
    """An audit row's place in the block."""
    row: Row = {"entry_id": number, "block_no": 9701, "hash": Sql("sha256('row')")}
    return row | changes


def consent(number: int, **changes: Value) -> Row:
    """Anna says yes."""
    row: Row = {
        "id": number,
        "member_id": ANNA,
        "purpose": "marketing",
        "document_version": "1",
        "granted": True,
        "channel": "mini",
        "recorded_at": NOON,
    }
    return row | changes


def member_event(**changes: Value) -> Row:
    """Bert reached a badge."""
    row: Row = {
        "member_id": BERT,
        "kind": "badge_awarded",
        "occurrence": "w",
        "details": "{}",
        "business_date": DAY,
        "occurred_at": NOON,
    }
    return row | changes


def badge(number: int, **changes: Value) -> Row:
    """For many check-ins."""
    row: Row = {
        "id": number,
        "public_id": UUID,
        "code": f"badge-{number}",
        "name": "",
        "name_en": "",
        "fact": "check_ins",
        "target": number,
        "emblem": "star",
        "is_active": True,
        "created_at": NOON,
        "months_through": DAY,
    }
    return row | changes


def grant_entry(number: int, **changes: Value) -> Row:
    """One permission more."""
    row: Row = {
        "id": number,
        "member_id": ANNA,
        "message_template_id": TEMPLATE,
        "kind": "event",
        "delta": 1,
        "source": f"source-{number}",
        "recorded_at": NOON,
    }
    return row | changes


def member_note(number: int, **changes: Value) -> Row:
    """A note of the clerk's on Bert."""
    row: Row = {
        "id": number,
        "public_id": UUID,
        "member_id": BERT,
        "note": "会再来",
        "store_id": STORE,
        "written_by_id": CLERK,
        "written_at": NOON,
    }
    return row | changes


def erasure_request(number: int, **changes: Value) -> Row:
    """Bert's own wish, waiting."""
    row: Row = {
        "id": number,
        "public_id": UUID,
        "member_id": BERT,
        "state": "waiting",
        "requested_at": NOON,
        "due_at": LATER,
    }
    return row | changes
