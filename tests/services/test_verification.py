"""`flask verify` is quiet on a healthy ledger and names each seeded corruption; every check has one."""

from collections.abc import Iterator
from datetime import timedelta

import psycopg
import pytest

from app.extensions import db
from app.services import check_ins, purchases, verification
from app.statements.verify import CHECKS, QUERIES
from app.transaction import transaction
from tests.conftest import NOON, CommittedDatabase, _drop, as_app, clone_database, make_app
from tests.factories import stories
from tests.factories.members import make_member
from tests.services import test_verification_automations as automations
from tests.services import test_verification_imports as imports
from tests.services import test_verification_segments as segments


def broken(committed_db: CommittedDatabase) -> dict[str, object]:
    with committed_db.app.app_context():
        return {finding.name: finding.broken for finding in verification.check_all() if finding.broken}


@pytest.fixture(scope="module")
def lived_in(redis_url: str) -> Iterator[CommittedDatabase]:
    """A shop with days behind it, for all tests here: what they corrupt they roll back."""
    url = clone_database()
    app = make_app(database_url=as_app(url), redis_url=redis_url)
    with app.app_context():
        stories.live()
    yield CommittedDatabase(url, redis_url, app)
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    _drop(url.rsplit("/", 1)[1])


# What somebody with the database's own keys does, past every trigger and foreign key → the check that names it.
CORRUPTIONS = {
    "a run that says it gave more": (
        "INSERT INTO issue_run (public_id, batch_id, audience, tier_ids, state, after_id, through_id, given, total, note,"
        " created_by_id, created_at)"
        " VALUES (gen_random_uuid(), 1, 'everyone', '{}', 'running', 0, 9, 3, 9, '', 1, now())",
        "I4_issue_runs",
    ),
    "a coupon taken back by nobody": (
        "UPDATE coupon SET status = 'revoked', revocation_id = 424242, held_visit_id = NULL, held_until = NULL"
        " WHERE status = 'active'",
        "I5_revocations",
    ),
    "a campaign's points that nobody has": (
        "WITH one AS (UPDATE campaign SET points_gift = 424242 WHERE kind = 'one_off' RETURNING id)"
        " UPDATE delivery SET benefit = 'given' FROM one WHERE campaign_id = one.id",
        "I4_campaign_benefits",
    ),
    "a balance nobody earned": ("UPDATE member_account SET points_balance = points_balance + 7", "I1_points_balance"),
    "points held by nobody": (
        "UPDATE member_account SET points_held = points_held + 1 WHERE points_balance > points_held",
        "I1_points_balance",
    ),
    "a debt from nowhere": (
        "UPDATE member_account SET points_owed = 5 WHERE points_balance > points_held",
        "I3_debt_is_settled",
    ),
    "points vanished from a lot": (
        "UPDATE points_lot SET remaining = remaining - 1 WHERE remaining > held",
        "I1_lot_uses",
    ),
    "a lot that holds more than was promised": (
        "UPDATE points_lot SET held = held + 1 WHERE remaining > held",
        "I1_lots_held",
    ),
    "a hold that promises more than its lots": ("UPDATE points_hold SET amount = amount + 1", "I1_holds"),
    "an entry's amount rewritten": ("UPDATE points_entry SET amount = amount + 1 WHERE seq = 1", "I1_points_sequence"),
    "an entry torn out": ("DELETE FROM points_entry WHERE seq = 5", "I1_points_balance"),
    "points that left in a merge and never arrived": (
        "UPDATE points_entry SET amount = amount + 1 WHERE from_account = 'merge'",
        "I2_double_entry",
    ),
    "a lot bigger than its entry": ("UPDATE points_lot SET granted = granted + 1", "I2_entries_explain_lots"),
    "an undo of more than was done": (
        "UPDATE points_entry SET amount = amount + 1000 WHERE kind = 'reverse'",
        "I13_reversals",
    ),
    "points expired before their time": (
        "UPDATE points_lot SET expires_at = expires_at + interval '9 years'"
        " WHERE id IN (SELECT lot_id FROM points_lot_use JOIN points_entry ON id = entry_id WHERE kind = 'expire')",
        "I14_lots_in_time",
    ),
    "a merged lot that forgot who earned it": (
        "UPDATE points_lot SET root_member_id = NULL, root_entry_id = NULL",
        "I15_lots_keep_their_root",
    ),
    "a bill that pays somebody else too": (
        "INSERT INTO earning (member_id, rule_id, rule_version_id, source, amount, taken_back, business_date, detail)"
        " SELECT member_id + 1, rule_id, rule_version_id, source, amount, taken_back, business_date, detail FROM earning",
        "I4_one_event_one_entry",
    ),
    "an earning nobody booked": ("UPDATE earning SET amount = amount + 1", "I4_earnings_booked"),
    "points without their reason": ("DELETE FROM earning", "I4_entries_explained"),
    "a bill given to somebody else": (
        "UPDATE purchase SET member_id = (SELECT max(id) FROM member)",
        "I4_earnings_of_purchases",
    ),
    "a refund that kept its points": ("UPDATE earning SET taken_back = 0", "I13_refunds"),
    "points taken back on paper only": (
        "DELETE FROM points_entry WHERE kind = 'reverse' AND seq > 1",
        "I13_refunds_booked",
    ),
    "a line that grew": ("UPDATE purchase_line SET amount_fen = amount_fen + 1", "I13_purchase_sums"),
    "growth from nowhere": ("UPDATE member_account SET growth_value = growth_value + 900", "I12_growth_balance"),
    "growth taken back for another day": (
        "UPDATE growth_entry SET counts_on = counts_on + 1 WHERE reverses_id IS NOT NULL",
        "I12_growth_reversals",
    ),
    "growth lost in a merge": ("DELETE FROM growth_entry WHERE kind = 'merge' AND delta > 0", "I12_growth_merges"),
    "no ladder in force": ("UPDATE ladder SET status = 'retired'", "I12_ladder"),
    "a rung moved": ("UPDATE tier SET growth_threshold = growth_threshold + 1 WHERE rank > 0", "I12_ladder"),
    "a tier nobody reached": (
        "UPDATE member_account SET tier_id = (SELECT id FROM tier WHERE code = 'diamond')",
        "I12_tier",
    ),
    "a tier of a period taken away": (
        "UPDATE ladder SET qualification = 'rolling', qualification_months = 12, validity_months = 12 WHERE status = 'active';"
        " UPDATE growth_entry SET counts_on = current_date;"
        " UPDATE member_account SET tier_id = (SELECT id FROM tier WHERE rank = 0)",
        "I12_tier_of_period",
    ),
    "a tier for life with an end": (
        "UPDATE member_account SET tier_valid_through = '2027-01-01'",
        "I12_tier_valid_through",
    ),
    "a hole in the tier history": ("DELETE FROM tier_history", "I12_tier_history"),
    "a gift given without a coupon": (
        "INSERT INTO tier_gift (member_id, tier_id, kind, period, state, due_at, ended_at)"
        " SELECT member_id, tier_id, 'upgrade_gift', 'life', 'given', now(), now() FROM member_account",
        "I12_tier_gifts",
    ),
    "a badge nobody was told of": (
        "INSERT INTO member_badge (member_id, badge_id, awarded_at)"
        " SELECT member.id, badge.id, now() FROM member CROSS JOIN badge ON CONFLICT DO NOTHING",
        "I12_badge_told",
    ),
    "a streak made longer": ("UPDATE check_in SET streak = 99", "I9_check_in_streak"),
    "a check-in that paid nothing": (
        "INSERT INTO check_in SELECT member_id, business_date - 3, 1, 5, checked_in_at FROM check_in WHERE makeup_no IS NULL",
        "I9_check_in_paid",
    ),
    "a day made up for free": (
        "UPDATE points_entry SET source = 'x' WHERE source LIKE 'makeup:%'",
        "I9_make_up_paid",
    ),
    "points for a day nobody came": ("DELETE FROM check_in", "I9_check_in_for_points"),
    "a make-up outside the limit": (
        "UPDATE check_in SET makeup_no = 3 WHERE makeup_no IS NOT NULL",
        "I7_make_ups_numbered",
    ),
    "a correction of more than was asked for": (
        "UPDATE adjustment SET amount = amount + 1 WHERE state = 'booked'",
        "I4_adjustments",
    ),
    "a correction nobody signed": ("DELETE FROM audit_entry WHERE action = 'adjustment.request'", "I17_adjustments"),
    "more issued than printed copies": ("UPDATE coupon_bucket SET issued = issued + 1", "I6_stock"),
    "budget that went nowhere": ("UPDATE coupon_bucket SET committed_fen = committed_fen + 1", "I8_budget"),
    "a coupon used without a redemption": (
        "UPDATE coupon SET status = 'redeemed', used = 1, redeemed_at = issued_at, held_visit_id = NULL, held_until = NULL",
        "I5_one_live_redemption",
    ),
    "a coupon that is worth more than it says": ("UPDATE coupon SET value_fen = value_fen + 1", "I8_terms"),
    "a bill that took off more than its coupons": (
        "UPDATE checkout SET coupon_fen = coupon_fen + 1",
        "I5_checkout",
    ),
    "a bill that was paid otherwise": ("UPDATE checkout SET tier_fen = tier_fen + 1", "I13_checkout"),
    "points that paid and never left": (
        "UPDATE points_entry SET source = 'x' WHERE source LIKE 'checkout:%' AND kind = 'spend'",
        "I13_checkout_points",
    ),
    "one coupon too many": (
        "ALTER TABLE coupon DROP CONSTRAINT ck_coupon_slot_within_limit; UPDATE coupon SET per_member_limit = 0",
        "I7_member_limit",
    ),
    "codes nobody ordered": ("UPDATE coupon_batch SET codes = codes + 1", "I6_codes"),
    "a code torn out": ("DELETE FROM coupon_code WHERE used_at IS NULL", "I6_codes"),
    "a used code made good again": (
        "UPDATE coupon_code SET used_at = NULL, member_id = NULL, coupon_id = NULL",
        "I4_codes_used_once",
    ),
    "a code that became another's coupon": (
        "UPDATE coupon_code SET coupon_id = coupon_id - 1 WHERE used_at IS NOT NULL",
        "I4_codes_used_once",
    ),
    "a coupon given and kept": ("UPDATE coupon SET status = 'active' WHERE status = 'given'", "I4_transfers"),
    "a coupon from no friend": (
        "UPDATE coupon SET source = 'transfer:x' || id WHERE source LIKE 'claim:%'",
        "I4_transfers",
    ),
    "a gift forgotten": ("DELETE FROM coupon_transfer WHERE state = 'accepted'", "I4_transfers"),
    "a share that was never agreed": ("UPDATE redemption SET payer_fen = 1 WHERE payer_id IS NOT NULL", "I8_shares"),
    "a settled period rewritten": ("UPDATE settlement SET payer_fen = payer_fen + 1", "I8_settlements"),
    "a message that waits for what never left": ("UPDATE delivery SET awaiting_event = true", "I10_open_dispatch"),
    "a permission nobody gave": ("UPDATE subscription_grant SET remaining = remaining + 1", "I11_grants"),
    "a wish left with one merged away": (
        "INSERT INTO message_preference (member_id, topic, channel, is_on, changed_by, changed_at)"
        " SELECT id, 'coupon', 'subscribe', false, 'member', now() FROM member WHERE status = 'merged'",
        "I15_merges",
    ),
    "something left with one merged away": (
        "UPDATE member_account SET growth_value = 5 WHERE member_id IN (SELECT id FROM member WHERE status = 'merged')",
        "I15_merges",
    ),
    "a name left with one erased": (
        "UPDATE member SET status = 'erased' WHERE id ="
        " (SELECT min(id) FROM member WHERE status = 'active' AND phone_index IS NULL)",
        "I15_erasures",
    ),
    "a member without identity": ("DELETE FROM member_identity", "I15_accounts"),
    "a merge without its audit row": (
        "DELETE FROM audit_entry WHERE action = 'member.merge'",
        "I17_privileged_changes",
    ),
    "an audit row rewritten": ("UPDATE audit_entry SET details = '{}'", "I17_audit_rows"),
    "a block of the audit torn out": ("DELETE FROM audit_seal", "I17_audit_chain"),
    "an audit row slipped in": (
        "INSERT INTO audit_entry (recorded_at, actor_kind, action, object_kind, details)"
        " SELECT min(recorded_at) - interval '2 days', 'staff', 'x.y', 'x', '{}' FROM audit_entry",
        "I17_audit_sealed",
    ),
}


def test_a_healthy_shop_is_clean(lived_in: CommittedDatabase) -> None:
    assert broken(lived_in) == {}


def test_every_check_has_a_corruption_it_names() -> None:
    elsewhere = {check for part in (automations, imports, segments) for check, _ in part.CORRUPTIONS.values()}
    assert set(CHECKS) == {check for _, check in CORRUPTIONS.values()} | elsewhere


@pytest.mark.parametrize("corruption", CORRUPTIONS)
def test_each_seeded_corruption_is_named(lived_in: CommittedDatabase, corruption: str) -> None:
    statement, check = CORRUPTIONS[corruption]
    with psycopg.connect(lived_in.url) as intruder:
        intruder.execute("SET session_replication_role = replica")
        intruder.execute(statement.encode())
        found = intruder.execute(str(QUERIES[check]).encode()).fetchall()
        intruder.rollback()
    assert found


def test_a_refund_of_points_long_expired_is_no_corruption(committed_db: CommittedDatabase) -> None:
    late = NOON + timedelta(days=400)
    with committed_db.app.app_context(), transaction():
        member = make_member()
        bill = purchases.record(
            member.id, store_id=None, channel="store", order_no="1", bill_fen=30_000, discount_fen=0, now=NOON
        )
        check_ins.check_in(member.id, now=late)
        # The expiry tick has not come round yet.
        purchases.refund(bill.id, now=late)
    assert broken(committed_db) == {}


def test_the_command_answers_with_its_exit_code(committed_db: CommittedDatabase) -> None:
    with committed_db.session(), transaction():
        check_ins.check_in(make_member().id, now=NOON)
    runner = committed_db.app.test_cli_runner()
    assert runner.invoke(args=["verify"]).exit_code == 0
    with psycopg.connect(committed_db.url) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("UPDATE member_account SET points_balance = points_balance + 7")
    answer = runner.invoke(args=["verify", "--json"])
    assert answer.exit_code == 1
    assert '"ok": false' in answer.output
