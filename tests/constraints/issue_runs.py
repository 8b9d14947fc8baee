"""What refuses wrong issue runs and revocations."""

from tests.constraints.coupon_rows import LIST
from tests.constraints.issue_run_rows import REVOCATION, RUN, issue_run, revocation
from tests.constraints.rows import BOSS, taken
from tests.constraints.violation import NOBODY, NOON, Value, Violation, insert, refused


def _run(number: int = 9899, **changes: Value) -> Violation:
    return refused(insert("issue_run", issue_run(number, **changes)))


def _revocation(number: int = 9899, **changes: Value) -> Violation:
    return refused(insert("revocation", revocation(number, **changes)))


RUNS = {
    "ck_issue_run_audience_known": _run(audience="luck"),
    "ck_issue_run_state_known": _run(state="lost"),
    "ck_issue_run_audience_whole": _run(audience="tiers"),
    "ck_issue_run_cursor_in_range": _run(after_id=11),
    "ck_issue_run_counts_not_negative": _run(given=-1),
    "ck_issue_run_ended_has_instant": _run(state="done"),
    "fk_issue_run_batch_id_coupon_batch": _run(batch_id=NOBODY),
    "fk_issue_run_member_list_id_member_list": _run(audience="member_list", member_list_id=NOBODY),
    "fk_issue_run_created_by_id_staff": _run(created_by_id=NOBODY),
    "pk_issue_run": _run(RUN),
    "uq_issue_run_public_id": _run(public_id=taken(RUN)),
}

REVOCATIONS = {
    "ck_revocation_scope_known": _revocation(scope="luck"),
    "ck_revocation_by_somebody": _revocation(created_by_id=None),
    "ck_revocation_state_known": _revocation(state="lost"),
    "ck_revocation_run_is_named": _revocation(scope="run"),
    "ck_revocation_counts_not_negative": _revocation(revoked=-1),
    "ck_revocation_ended_has_instant": _revocation(state="working"),
    "ck_revocation_undo_has_author": _revocation(state="undone"),
    "fk_revocation_batch_id_coupon_batch": _revocation(batch_id=NOBODY),
    "fk_revocation_issue_run_id_issue_run": _revocation(scope="run", issue_run_id=NOBODY),
    "fk_revocation_created_by_id_staff": _revocation(created_by_id=NOBODY),
    "fk_revocation_undone_by_id_staff": _revocation(state="undone", undone_by_id=NOBODY, undone_at=NOON),
    "pk_revocation": _revocation(REVOCATION),
    "uq_revocation_public_id": _revocation(public_id=taken(REVOCATION)),
    "uq_revocation_busy": refused(
        insert("revocation", revocation(9898, state="working", finished_at=None)),
        insert("revocation", revocation(9899, state="undoing", undone_by_id=BOSS, undone_at=NOON)),
    ),
}

VIOLATIONS = RUNS | REVOCATIONS
UNCHANGED = (
    _run(),
    _run(audience="member_list", member_list_id=LIST),
    _revocation(),
    _revocation(scope="run", issue_run_id=RUN),
    # Single copies do not stand in each other's way.
    refused(
        insert("revocation", revocation(9898, scope="coupon", state="working", finished_at=None)),
        insert("revocation", revocation(9899, scope="coupon", state="working", finished_at=None)),
    ),
)
