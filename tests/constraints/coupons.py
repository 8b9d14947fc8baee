"""What refuses wrong terms, batches, buckets and coupons (I6, I7, I8)."""

# ruff: noqa: S608  (the statements are our own constants)

from tests.constraints.coupon_rows import (
    BATCH,
    COUPON,
    FAMILY,
    LIST,
    VISIT,
    bucket,
    coupon,
    coupon_batch,
    coupon_template,
    member_list,
)
from tests.constraints.coupon_rows import COUPON_TERMS as TERMS
from tests.constraints.rows import ANNA, CARL, DORA, taken
from tests.constraints.violation import LATER, NOBODY, NOON, Value, Violation, insert, refused


def _terms(number: int = 9899, **changes: Value) -> Violation:
    return refused(insert("coupon_template", coupon_template(number, **changes)))


def _said(**said: str | int) -> Violation:
    """Terms that say something else."""
    words = {"kind": "amount_off", "value_fen": 100, "min_spend_fen": 100, "valid_days": 1, **said}
    pairs = ", ".join(
        f'"{key}": ' + (f'"{value}"' if isinstance(value, str) else str(value)) for key, value in words.items()
    )
    return _terms(terms="{" + pairs + "}")


def _batch(number: int = 9899, *, budget_fen: int = 1000, **changes: Value) -> Violation:
    """With the bucket it needs to add up."""
    shared = {key: changes[key] for key in ("per_member_limit", "per_day_limit") if key in changes}
    row = coupon_batch(number, budget_fen=budget_fen, **changes)
    is_open = row["status"] == "active"
    stock = row["stock"]
    return refused(
        insert("coupon_batch", row),
        insert("coupon_bucket", bucket(number, stock=stock, budget_fen=budget_fen, is_open=is_open, **shared)),
    )


def _bucket(**changes: Value) -> Violation:
    return refused(f"UPDATE coupon_bucket SET {_set(changes)} WHERE batch_id = {BATCH}")


def _set(changes: dict[str, Value]) -> str:
    return ", ".join(f"{key} = {value}" for key, value in changes.items())


def _coupon(number: int = 9899, *, without: tuple[str, ...] = (), **changes: Value) -> Violation:
    return refused(insert("coupon", coupon(number, **changes)), without=without)


TEMPLATES = {
    "ck_coupon_template_kind_known": _said(kind="luck"),
    "ck_coupon_template_value_positive": _said(value_fen=0),
    "ck_coupon_template_never_pays_out": _said(min_spend_fen=99),
    "ck_coupon_template_uses_range": _said(uses=101),
    "ck_coupon_template_life_limit_range": _said(life_limit=-1),
    "ck_coupon_template_version_positive": _terms(version=0),
    "fk_coupon_template_created_by_id_staff": _terms(created_by_id=NOBODY),
    "pk_coupon_template": _terms(TERMS, name="other"),
    "uq_coupon_template_public_id": _terms(public_id=taken(TERMS)),
    "uq_coupon_template_family_id_version": _terms(family_id=FAMILY, version=1),
    "uq_coupon_template_name_version": _terms(name=f"name-{TERMS}", version=1),
    # The key itself makes it unique; what it is for is to be referred to.
    "uq_coupon_template_id_family_id_life_limit": refused(
        insert("coupon_template", coupon_template(TERMS, version=2, family_id=FAMILY)), without=("pk_coupon_template",)
    ),
    "tr_coupon_template_frozen": refused(f"UPDATE coupon_template SET name = 'other' WHERE id = {TERMS}"),
}

LISTS = {
    "fk_member_list_created_by_id_staff": refused(insert("member_list", member_list(9899, created_by_id=NOBODY))),
    "pk_member_list": refused(insert("member_list", member_list(LIST, name="other"))),
    "uq_member_list_name": refused(insert("member_list", member_list(9899, name=f"name-{LIST}"))),
    "uq_member_list_public_id": refused(insert("member_list", member_list(9899, public_id=taken(LIST)))),
    "fk_member_list_entry_list_id_member_list": refused(f"INSERT INTO member_list_entry VALUES ({NOBODY}, {DORA})"),
    "fk_member_list_entry_member_id_member": refused(f"INSERT INTO member_list_entry VALUES ({LIST}, {NOBODY})"),
    "pk_member_list_entry": refused(f"INSERT INTO member_list_entry VALUES ({LIST}, {ANNA})"),
}

BATCHES = {
    "ck_coupon_batch_stock_positive": _batch(stock=0),
    "ck_coupon_batch_budget_positive": _batch(budget_fen=0),
    "ck_coupon_batch_per_member_limit_positive": _batch(per_member_limit=0, per_day_limit=0),
    "ck_coupon_batch_per_day_limit_range": _batch(per_day_limit=3),
    "ck_coupon_batch_window_forward": _batch(claim_ends_at=NOON),
    "ck_coupon_batch_status_known": _batch(status="lost"),
    "ck_coupon_batch_how_known": _batch(how="luck"),
    "ck_coupon_batch_exchange_has_price": _batch(how="exchange"),
    "ck_coupon_batch_points_price_positive": _batch(how="exchange", points_price=0),
    "ck_coupon_batch_buckets_range": refused(
        insert("coupon_batch", coupon_batch(9899, buckets=65)),
        *(
            insert("coupon_bucket", bucket(9899, no=no, stock=10 if no == 0 else 0, budget_fen=1000 if no == 0 else 0))
            for no in range(65)
        ),
    ),
    "ck_coupon_batch_alarm_positive": _batch(alarm_per_minute=0),
    "fk_coupon_batch_created_by_id_staff": _batch(created_by_id=NOBODY),
    "fk_coupon_batch_member_list_id_member_list": _batch(member_list_id=NOBODY),
    # A limit for life that is not the terms' own.
    "fk_coupon_batch_terms_coupon_template": refused(
        insert("coupon_batch", coupon_batch(9899, life_limit=7)), insert("coupon_bucket", bucket(9899, life_limit=7))
    ),
    "pk_coupon_batch": refused(
        insert("coupon_batch", coupon_batch(BATCH, name="other")), without=("uq_coupon_batch_counted_by",)
    ),
    "uq_coupon_batch_counted_by": refused(
        insert("coupon_batch", coupon_batch(BATCH, name="other")), without=("pk_coupon_batch",)
    ),
    "uq_coupon_batch_name": _batch(name=f"name-{BATCH}"),
    "uq_coupon_batch_public_id": _batch(public_id=taken(BATCH)),
    "tr_coupon_batch_sums": refused(insert("coupon_batch", coupon_batch(9899))),
    "ck_coupon_bucket_share_not_negative": refused(
        f"UPDATE coupon_bucket SET stock = stock + 1 WHERE batch_id = {BATCH}",
        insert("coupon_bucket", bucket(BATCH, no=1, stock=-1, budget_fen=0)),
        f"UPDATE coupon_batch SET buckets = 2 WHERE id = {BATCH}",
        without=("ck_coupon_bucket_issued_within_stock",),
    ),
    "ck_coupon_bucket_issued_within_stock": _bucket(issued="stock + 1"),
    "ck_coupon_bucket_committed_within_budget": _bucket(committed_fen="budget_fen + 1"),
    "fk_coupon_bucket_counted_by_coupon_batch": refused(
        f"UPDATE coupon_batch SET buckets = 2 WHERE id = {BATCH}",
        insert("coupon_bucket", bucket(BATCH, no=1, stock=0, budget_fen=0, per_member_limit=9)),
    ),
    "pk_coupon_bucket": refused(
        insert("coupon_bucket", bucket(BATCH)), without=("uq_coupon_bucket_counted_by", "tr_coupon_bucket_sums")
    ),
    "uq_coupon_bucket_counted_by": refused(
        insert("coupon_bucket", bucket(BATCH)), without=("pk_coupon_bucket", "tr_coupon_bucket_sums")
    ),
    "tr_coupon_bucket_sums": _bucket(stock="stock + 1"),
}

COUPONS = {
    "ck_coupon_status_known": _coupon(status="lost"),
    "ck_coupon_slot_within_limit": _coupon(slot=3),
    "ck_coupon_day_slot_within_limit": _coupon(day_slot=3),
    "ck_coupon_life_slot_within_limit": _coupon(life_slot=4),
    "ck_coupon_validity_forward": _coupon(expires_at=NOON),
    "ck_coupon_value_positive": _coupon(value_fen=0),
    "ck_coupon_used_within_uses": _coupon(used=-1),
    "ck_coupon_redeemed_is_used_up": _coupon(status="redeemed", redeemed_at=NOON),
    "ck_coupon_redeemed_has_instant": _coupon(status="redeemed", used=1),
    "ck_coupon_held_while_active": _coupon(held_visit_id=VISIT),
    "fk_coupon_counted_by_coupon_bucket": _coupon(per_member_limit=9),
    "fk_coupon_held_visit_id_counter_visit": _coupon(held_visit_id=NOBODY, held_until=LATER),
    "ck_coupon_revoked_by_somebody": _coupon(status="revoked"),
    "fk_coupon_issue_run_id_issue_run": _coupon(issue_run_id=NOBODY),
    "fk_coupon_revocation_id_revocation": _coupon(revocation_id=NOBODY),
    "fk_coupon_member_id_member_account": _coupon(member_id=DORA),
    "pk_coupon": _coupon(COUPON, source="other"),
    "uq_coupon_public_id": _coupon(public_id=taken(COUPON)),
    "uq_coupon_batch_id_member_id_slot": _coupon(slot=1),
    "uq_coupon_day_slot": _coupon(day_slot=1),
    "uq_coupon_life_slot": _coupon(life_slot=1),
    "uq_coupon_member_id_source": _coupon(source=f"source-{COUPON}"),
    "tr_coupon_only_active": _coupon(member_id=CARL),
}

VIOLATIONS = TEMPLATES | LISTS | BATCHES | COUPONS
UNCHANGED = (
    _terms(),
    _batch(),
    _coupon(),
    _coupon(held_visit_id=VISIT, held_until=LATER),
    # To a friend.
    _coupon(held_until=LATER),
    refused(insert("member_list", member_list(9899))),
)
