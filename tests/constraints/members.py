"""What refuses wrong accounts, growth, tiers and check-ins."""

# ruff: noqa: S608  (the statements are our own constants)

from tests.constraints.rows import (
    ANNA,
    BENEFIT,
    BERT,
    CARL,
    DORA,
    GREW,
    LADDER,
    OTHER_TIER,
    TIER,
    TIER_SPELL,
    account,
    check_in,
    growth_entry,
    ladder,
    taken,
    tier,
    tier_benefit,
    tier_gift,
    tier_history,
)
from tests.constraints.violation import LATER, NOBODY, NOON, Sql, Value, Violation, insert, refused


def _account(*, member_id: int = DORA, without: tuple[str, ...] = (), **changes: Value) -> Violation:
    return refused(insert("member_account", account(member_id, **changes)), without=without)


def _growth(number: int = 4099, **changes: Value) -> Violation:
    return refused(insert("growth_entry", growth_entry(number, **changes)))


def _spell(number: int = 5099, *, without: tuple[str, ...] = (), **changes: Value) -> Violation:
    return refused(insert("tier_history", tier_history(number, **changes)), without=without)


def _check_in(**changes: Value) -> Violation:
    return refused(insert("check_in", check_in(**changes)))


def _tier(number: int = 9599, **changes: Value) -> Violation:
    return refused(insert("tier", tier(number, **changes)))


def _ladder(number: int = 8499, **changes: Value) -> Violation:
    return refused(insert("ladder", ladder(number, **changes)))


def _benefit(number: int = 8599, **changes: Value) -> Violation:
    return refused(insert("tier_benefit", tier_benefit(number, **changes)))


def _gift(**changes: Value) -> Violation:
    return refused(insert("tier_gift", tier_gift(**changes)))


ACCOUNTS = {
    "ck_member_account_growth_value_not_negative": _account(growth_value=-1),
    # A balance below what is held is refused too.
    "ck_member_account_points_balance_not_negative": _account(
        points_balance=-1, without=("ck_member_account_points_held_in_balance",)
    ),
    "ck_member_account_points_held_in_balance": _account(points_held=1),
    "ck_member_account_points_owed_not_negative": _account(points_owed=-1),
    "ck_member_account_seq_not_negative": _account(points_seq=-1),
    "fk_member_account_member_id_member": _account(member_id=NOBODY),
    "fk_member_account_tier_id_tier": _account(tier_id=NOBODY),
    "pk_member_account": _account(member_id=BERT),
    "tr_member_account_held_in_balance": refused(
        f"UPDATE member_account SET points_held = points_held + 1 WHERE member_id = {ANNA}"
    ),
}

GROWTH = {
    "ck_growth_entry_after_not_negative": _growth(growth_after=-1),
    "ck_growth_entry_delta_not_zero": _growth(delta=0),
    "ck_growth_entry_kind_known": _growth(kind="gift"),
    "ck_growth_entry_reversal_names_entry": _growth(kind="reverse"),
    "fk_growth_entry_member_id_member_account": _growth(member_id=NOBODY),
    "fk_growth_entry_member_id_reverses_id_growth_entry": _growth(kind="reverse", reverses_id=NOBODY),
    "fk_growth_entry_rule_version_id_earning_rule_version": _growth(rule_version_id=NOBODY),
    "pk_growth_entry": _growth(GREW, source="other"),
    "uq_growth_entry_member_id_seq": _growth(seq=1),
    "uq_growth_entry_member_id_source": _growth(source=f"source-{GREW}"),
    "tr_growth_entry_append_only": refused("UPDATE growth_entry SET delta = delta"),
    # The account believes more than the entry says.
    "tr_growth_entry_in_balance": refused(
        f"UPDATE member_account SET growth_seq = 2, growth_value = 55 WHERE member_id = {ANNA}",
        insert("growth_entry", growth_entry(4099, seq=2, growth_after=51)),
    ),
    "tr_growth_entry_reversal_within": _growth(kind="reverse", reverses_id=GREW, delta=-51),
}

TIERS = {
    "ck_tier_colour_hex": _tier(colour="red"),
    "ck_tier_ladder_starts_at_zero": _tier(growth_threshold=-1),
    "ck_tier_rank_not_negative": _tier(rank=-1),
    "pk_tier": _tier(TIER, code="other", rank=9599, growth_threshold=1),
    "uq_tier_code": _tier(code=f"tier-{TIER}"),
    "uq_tier_growth_threshold": _tier(growth_threshold=TIER * 1_000_000),
    "uq_tier_public_id": _tier(public_id=taken(TIER)),
    "uq_tier_rank": _tier(rank=TIER),
    "ck_tier_history_interval_forward": _spell(ends_at=Sql(f"{NOON} - interval '10 days'")),
    "ck_tier_history_reason_known": _spell(reason="luck"),
    "fk_tier_history_member_id_member_account": _spell(member_id=NOBODY),
    "fk_tier_history_tier_id_tier": _spell(tier_id=NOBODY),
    "pk_tier_history": _spell(TIER_SPELL),
    "ex_tier_history_no_overlap": _spell(starts_at=NOON, ends_at=LATER),
    # Two open spells overlap as well.
    "uq_tier_history_open": _spell(ends_at=None, without=("ex_tier_history_no_overlap",)),
    "ck_tier_benefit_discount_range": _benefit(tier_id=OTHER_TIER, kind="discount", discount_bp=10_000),
    "ck_tier_benefit_gift_has_batch": _benefit(kind="birthday_gift"),
    "ck_tier_benefit_kind_known": _benefit(kind="luck"),
    "fk_tier_benefit_coupon_batch_id_coupon_batch": _benefit(kind="birthday_gift", coupon_batch_id=NOBODY),
    "fk_tier_benefit_tier_id_tier": _benefit(tier_id=NOBODY),
    "pk_tier_benefit": _benefit(BENEFIT),
    "uq_tier_benefit_public_id": _benefit(public_id=taken(BENEFIT)),
    "uq_tier_benefit_tier_id_kind": _benefit(kind="discount", discount_bp=1),
    "ck_tier_gift_ended_has_time": _gift(ended_at=LATER),
    "ck_tier_gift_kind_known": _gift(kind="birthday_gift"),
    "ck_tier_gift_state_known": _gift(state="lost", ended_at=LATER),
    "fk_tier_gift_member_id_member_account": _gift(member_id=NOBODY),
    "fk_tier_gift_tier_id_tier": _gift(tier_id=NOBODY),
    "pk_tier_gift": _gift(member_id=ANNA),
}

LADDERS = {
    "ck_ladder_activated_has_time": _ladder(status="retired"),
    "ck_ladder_days_range": _ladder(grace_days=181),
    "ck_ladder_downgrade_known": _ladder(downgrade="luck"),
    "ck_ladder_qualification_known": _ladder(qualification="luck"),
    "ck_ladder_qualification_months_range": _ladder(qualification_months=12),
    "ck_ladder_status_known": _ladder(status="lost", activated_at=NOON),
    "ck_ladder_validity_months_range": _ladder(validity_months=12),
    "fk_ladder_created_by_id_staff": _ladder(created_by_id=NOBODY),
    "pk_ladder": _ladder(LADDER),
    "uq_ladder_active": _ladder(status="active", activated_at=NOON),
    "uq_ladder_public_id": _ladder(public_id=taken(LADDER)),
    "tr_ladder_stays": refused("UPDATE ladder SET grace_days = grace_days + 1 WHERE status = 'active'"),
}

CHECK_INS = {
    "ck_check_in_makeup_within_limit": _check_in(makeup_no=4, makeup_limit=3),
    "ck_check_in_points_positive": _check_in(points=0),
    "ck_check_in_streak_positive": _check_in(streak=0),
    "fk_check_in_member_id_member_account": _check_in(member_id=NOBODY),
    "pk_check_in": _check_in(member_id=ANNA),
    "uq_check_in_makeup": _check_in(member_id=ANNA, business_date="2026-11-17", makeup_no=1, makeup_limit=3),
    "tr_check_in_only_active": _check_in(member_id=CARL),
    "tr_check_in_kept": refused(f"UPDATE check_in SET points = points + 1 WHERE member_id = {ANNA}"),
    "tr_check_in_no_delete": refused(f"DELETE FROM check_in WHERE member_id = {ANNA}"),
}

VIOLATIONS = ACCOUNTS | GROWTH | TIERS | LADDERS | CHECK_INS
