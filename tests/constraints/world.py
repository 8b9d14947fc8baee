"""A small committed world in plain SQL, every row with a key of its own: what the violations violate.

Anna has a ledger (100 earned, 30 spent, 10 held), a bill with a refund, growth and a tier; Bert has an account and nothing in
it; Carl was merged into Anna; Dora has no account yet.
"""

# ruff: noqa: S608  (the statements are our own constants)

from tests.constraints import (
    automation_rows,
    campaign_figure_rows,
    campaign_rows,
    counter_rows,
    coupon_rows,
    day_figure_rows,
    import_rows,
    issue_run_rows,
    message_rows,
    payer_rows,
    rows,
    segment_rows,
    shifts,
    sign_ins,
)
from tests.constraints import coupon_code_rows as code_rows
from tests.constraints.violation import NOON, UUID, Row, insert


def _staff(number: int) -> Row:
    return {
        "id": number,
        "public_id": UUID,
        "login": f"w{number}",
        "display_name": "",
        "password_hash": "",
        "role": "clerk",
        "is_active": True,
        "created_at": NOON,
    }


WORLD = (
    insert("tier", rows.tier(rows.TIER, public_id=rows.taken(rows.TIER))),
    insert("tier", rows.tier(rows.OTHER_TIER)),
    insert("store", {"id": rows.STORE, "public_id": UUID, "code": "w9401", "name": "", "is_active": True}),
    *(insert("member", rows.member(number)) for number in (rows.ANNA, rows.BERT, rows.DORA)),
    insert("member", rows.member(rows.CARL)),
    insert(
        "member_account",
        rows.account(rows.ANNA, points_balance=70, points_held=10, points_seq=2, growth_value=50, growth_seq=1),
    ),
    insert("member_account", rows.account(rows.BERT)),
    insert("member_account", rows.account(rows.CARL)),
    f"UPDATE member SET status = 'merged', merged_into_id = {rows.ANNA} WHERE id = {rows.CARL}",
    insert("points_entry", rows.points_entry(rows.EARNED, seq=1, amount=100, balance_after=100)),
    insert(
        "points_entry",
        rows.points_entry(
            rows.SPENT, seq=2, kind="spend", from_account="member", to_account="spend", amount=30, balance_after=70
        ),
    ),
    insert("points_lot", rows.points_lot(rows.OPEN_LOT, granted=100, remaining=70, held=10)),
    insert("points_lot", rows.points_lot(rows.EMPTY_LOT)),
    insert("points_lot_use", {"member_id": rows.ANNA, "entry_id": rows.SPENT, "lot_id": rows.OPEN_LOT, "amount": 30}),
    insert(
        "points_hold",
        rows.points_hold(rows.OPEN_HOLD, public_id=rows.taken(rows.OPEN_HOLD), amount=10, state="held", ended_at=None),
    ),
    insert("points_hold", rows.points_hold(rows.ENDED_HOLD)),
    insert("points_hold", rows.points_hold(rows.USED_HOLD)),
    insert(
        "points_hold_lot", {"member_id": rows.ANNA, "hold_id": rows.OPEN_HOLD, "lot_id": rows.OPEN_LOT, "amount": 10}
    ),
    insert(
        "points_hold_lot", {"member_id": rows.ANNA, "hold_id": rows.USED_HOLD, "lot_id": rows.OPEN_LOT, "amount": 1}
    ),
    insert("growth_entry", rows.growth_entry(rows.GREW, seq=1, delta=50, growth_after=50)),
    insert("tier_history", rows.tier_history(rows.TIER_SPELL, starts_at=NOON, ends_at=None)),
    insert("check_in", rows.check_in(member_id=rows.ANNA)),
    insert(
        "check_in",
        rows.check_in(member_id=rows.ANNA, business_date="2026-11-18", points=0, makeup_no=1, makeup_limit=3),
    ),
    insert("purchase", rows.purchase(rows.BILL, public_id=rows.taken(rows.BILL), bill_fen=1000, refunded_fen=100)),
    insert("purchase_line", rows.purchase_line(rows.BILL, line_no=1, amount_fen=1000)),
    insert("purchase_refund", rows.purchase_refund(rows.REFUND, public_id=rows.taken(rows.REFUND), amount_fen=100)),
    insert(
        "earning_rule",
        {
            "id": rows.RULE,
            "public_id": rows.taken(rows.RULE),
            "code": "w",
            "event": "purchase",
            "ledger": "points",
            "created_at": NOON,
        },
    ),
    insert("earning_rule_version", rows.earning_rule_version(rows.VERSION, starts_at=NOON, ends_at=None)),
    insert("earning", rows.earning(rows.EARNING, taken_back=2)),
    *(insert("staff", _staff(number)) for number in (rows.CLERK, rows.BOSS)),
    insert("adjustment", rows.adjustment(rows.ADJUSTMENT, public_id=rows.taken(rows.ADJUSTMENT))),
    "UPDATE ladder SET status = 'retired' WHERE status = 'active'",
    insert("ladder", rows.ladder(rows.LADDER, public_id=rows.taken(rows.LADDER), status="active", activated_at=NOON)),
    insert(
        "tier_benefit",
        rows.tier_benefit(rows.BENEFIT, public_id=rows.taken(rows.BENEFIT), kind="discount", discount_bp=500),
    ),
    insert("tier_gift", rows.tier_gift(member_id=rows.ANNA)),
    insert("audit_entry", rows.audit_entry(rows.SEALED)),
    insert("audit_entry", rows.audit_entry(rows.UNSEALED)),
    insert("audit_seal", rows.audit_seal(9701)),
    insert("audit_seal_entry", rows.audit_seal_entry(rows.SEALED)),
    insert("consent", rows.consent(rows.CONSENT)),
    f"INSERT INTO member_merge VALUES ({rows.MERGE}, {rows.ANNA}, {rows.CARL}, 'phone', 0, 0, 0, {NOON})",
    insert("member_note", rows.member_note(rows.NOTE, public_id=rows.taken(rows.NOTE))),
    insert("erasure_request", rows.erasure_request(rows.WISH, public_id=rows.taken(rows.WISH), member_id=rows.ANNA)),
    insert("member_event", rows.member_event(member_id=rows.ANNA)),
    insert("badge", rows.badge(rows.BADGE, public_id=rows.taken(rows.BADGE))),
    insert("member_badge", {"member_id": rows.WORN, "badge_id": rows.BADGE, "awarded_at": NOON}),
    insert(
        "message_template",
        {
            "id": rows.TEMPLATE,
            "public_id": UUID,
            "code": "w",
            "wechat_template_id": "w",
            "title": "",
            "topic": "service",
            "fields": "{}",
            "enums": "{}",
            "page": "",
            "is_enabled": True,
        },
    ),
    insert("subscription_grant_entry", rows.grant_entry(rows.GRANTED)),
    *(insert(table, row) for table, row in message_rows.WORLD),
    insert("counter_visit", coupon_rows.counter_visit(coupon_rows.VISIT, public_id=rows.taken(coupon_rows.VISIT))),
    insert(
        "coupon_template",
        coupon_rows.coupon_template(
            coupon_rows.COUPON_TERMS, public_id=rows.taken(coupon_rows.COUPON_TERMS), family_id=coupon_rows.FAMILY
        ),
    ),
    insert("member_list", coupon_rows.member_list(coupon_rows.LIST, public_id=rows.taken(coupon_rows.LIST))),
    f"INSERT INTO member_list_entry VALUES ({coupon_rows.LIST}, {rows.ANNA})",
    insert("coupon_batch", coupon_rows.coupon_batch(coupon_rows.BATCH, public_id=rows.taken(coupon_rows.BATCH))),
    insert("coupon_bucket", coupon_rows.bucket(coupon_rows.BATCH, issued=1, committed_fen=100)),
    insert("issue_run", issue_run_rows.issue_run(issue_run_rows.RUN, public_id=rows.taken(issue_run_rows.RUN))),
    insert(
        "revocation",
        issue_run_rows.revocation(issue_run_rows.REVOCATION, public_id=rows.taken(issue_run_rows.REVOCATION)),
    ),
    insert(
        "coupon",
        coupon_rows.coupon(
            coupon_rows.COUPON, public_id=rows.taken(coupon_rows.COUPON), slot=1, day_slot=1, life_slot=1
        ),
    ),
    insert("checkout", counter_rows.SETTLED),
    insert("redemption", counter_rows.USED),
    insert("shift", shifts.OPEN),
    insert("redemption_attempt", counter_rows.attempt(counter_rows.ATTEMPT)),
    insert(
        "coupon",
        coupon_rows.coupon(
            code_rows.GIVEN, status="given", slot=None, day_slot=None, life_slot=None, issued_on="2026-11-19"
        ),
    ),
    insert(
        "coupon",
        coupon_rows.coupon(
            code_rows.RECEIVED, member_id=rows.BERT, slot=None, day_slot=None, life_slot=None, source="transfer:1"
        ),
    ),
    insert("coupon_code_run", code_rows.coupon_code_run(code_rows.CODE_RUN, public_id=rows.taken(code_rows.CODE_RUN))),
    insert(
        "coupon_code",
        code_rows.coupon_code(code_rows.USED_CODE, used_at=NOON, member_id=rows.ANNA, coupon_id=coupon_rows.COUPON),
    ),
    insert(
        "coupon_transfer",
        code_rows.coupon_transfer(
            code_rows.TRANSFER,
            public_id=rows.taken(code_rows.TRANSFER),
            from_coupon_id=code_rows.GIVEN,
            state="accepted",
            ended_at=NOON,
            to_member_id=rows.BERT,
            to_coupon_id=code_rows.RECEIVED,
        ),
    ),
    insert(
        "member_import",
        import_rows.member_import(import_rows.IMPORT, public_id=rows.taken(import_rows.IMPORT)),
    ),
    insert("member_import_line", import_rows.import_line(import_rows.MADE, state="made", member_id=rows.ANNA)),
    insert("payer", payer_rows.payer(payer_rows.PAYER, public_id=rows.taken(payer_rows.PAYER))),
    insert(
        "settlement",
        payer_rows.settlement(payer_rows.SETTLEMENT, public_id=rows.taken(payer_rows.SETTLEMENT), **payer_rows.FIRST),
    ),
    insert(
        "coupon_exchange",
        automation_rows.coupon_exchange(automation_rows.EXCHANGE, public_id=rows.taken(automation_rows.EXCHANGE)),
    ),
    insert(
        "coupon_automation",
        automation_rows.coupon_automation(automation_rows.AUTOMATION, public_id=rows.taken(automation_rows.AUTOMATION)),
    ),
    insert("coupon_owed", automation_rows.coupon_owed(member_id=rows.ANNA)),
    insert(
        "campaign",
        campaign_rows.campaign(
            campaign_rows.CAMPAIGN, public_id=rows.taken(campaign_rows.CAMPAIGN), **campaign_rows.WORLD_CAMPAIGN
        ),
    ),
    insert("campaign_run", campaign_rows.run(occurrence="0")),
    insert("campaign_variant", campaign_rows.variant(code="A")),
    insert("delivery", campaign_rows.delivery(**campaign_rows.OPEN)),
    *(insert(table, row) for table, row in segment_rows.WORLD),
    insert("topic_touch", message_rows.touch(member_id=rows.ANNA)),
    insert("campaign_count", campaign_figure_rows.count()),
    insert("campaign_figure", campaign_figure_rows.figure(period="0")),
    insert("staff_second_step", sign_ins.second_step(staff_id=rows.CLERK)),
    insert("staff_recovery_code", sign_ins.recovery_code(code_hash=sign_ins.CODE_HASH)),
    insert("day_figure", day_figure_rows.day(day="2026-11-01")),
    insert("window_figure", day_figure_rows.window(until_on="2026-11-01")),
)
