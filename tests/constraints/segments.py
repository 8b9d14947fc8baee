"""What refuses wrong segments, versions, followed lists, tags and figures."""

# ruff: noqa: S608  (the statements are our own constants)

from tests.constraints.issue_run_rows import issue_run
from tests.constraints.rows import ANNA, taken
from tests.constraints.segment_rows import (
    SEGMENT,
    TAG,
    figure,
    member_tag,
    segment,
    segment_list,
    tag,
    version,
)
from tests.constraints.violation import NOBODY, NOON, Value, Violation, insert, refused

OTHER = 9959


def _segment(number: int = OTHER, **changes: Value) -> Violation:
    return refused(insert("segment", segment(number, **changes)))


def _version(**changes: Value) -> Violation:
    return refused(insert("segment_version", version(**changes)))


def _list(**changes: Value) -> Violation:
    return refused(insert("segment_list", segment_list(**changes)))


def _tag(number: int = OTHER, **changes: Value) -> Violation:
    return refused(insert("tag", tag(number, **changes)))


def _member_tag(**changes: Value) -> Violation:
    return refused(insert("member_tag", member_tag(**changes)))


def _figure(*, without: tuple[str, ...] = (), **changes: Value) -> Violation:
    return refused(insert("member_figure", figure(**changes)), without=without)


SEGMENTS = {
    "ck_segment_version_positive": _segment(version=0),
    "ck_segment_member_count_not_negative": _segment(member_count=-1, counted_at=NOON),
    "ck_segment_counted_whole": _segment(member_count=1),
    "fk_segment_created_by_id_staff": _segment(created_by_id=NOBODY),
    "pk_segment": _segment(SEGMENT, name="other"),
    "uq_segment_name": _segment(name=f"name-{SEGMENT}"),
    "uq_segment_public_id": _segment(public_id=taken(SEGMENT)),
    "ck_segment_version_version_positive": _version(version=0),
    "fk_segment_version_created_by_id_staff": _version(created_by_id=NOBODY),
    "fk_segment_version_segment_id_segment": _version(segment_id=NOBODY),
    "pk_segment_version": _version(version=1),
    "tr_segment_version_append_only": refused(f"UPDATE segment_version SET rule = '[]' WHERE segment_id = {SEGMENT}"),
}

LISTS = {
    "ck_segment_list_cursor_in_range": _list(after_id=2, through_id=1),
    "ck_segment_list_ends_complete": _list(due_at=None),
    "fk_segment_list_list_id_member_list": _list(list_id=NOBODY),
    "fk_segment_list_segment_segment_version": _list(segment_version=9),
    "pk_segment_list": refused(*_list().statements, *_list().statements),
    "fk_issue_run_segment_segment_version": refused(
        insert("issue_run", issue_run(9898, audience="segment", segment_id=SEGMENT, segment_version=9))
    ),
}

TAGS = {
    "ck_tag_name_length": _tag(name=""),
    "fk_tag_created_by_id_staff": _tag(created_by_id=NOBODY),
    "pk_tag": _tag(TAG, name="other"),
    "uq_tag_name": _tag(name=f"name-{TAG}"),
    "uq_tag_public_id": _tag(public_id=taken(TAG)),
    "fk_member_tag_added_by_id_staff": _member_tag(added_by_id=NOBODY),
    "fk_member_tag_member_id_member": _member_tag(member_id=NOBODY),
    "fk_member_tag_tag_id_tag": _member_tag(tag_id=NOBODY),
    "pk_member_tag": _member_tag(member_id=ANNA),
}

FIGURES = {
    "ck_member_figure_stage_known": _figure(stage="happy"),
    "ck_member_figure_previous_stage_known": _figure(previous_stage="happy"),
    "ck_member_figure_stage_changed": _figure(previous_stage="won_back"),
    "ck_member_figure_stage_since_seen": _figure(stage_since="2026-11-21"),
    "ck_member_figure_year_within_life": _figure(purchases_year=3),
    "ck_member_figure_purchases_have_dates": _figure(
        purchases=0, purchases_year=0, recency=None, frequency=None, money=None
    ),
    "ck_member_figure_dates_forward": _figure(first_purchase_on="2026-11-21", returned_on=None),
    "ck_member_figure_returned_between": _figure(returned_on="2026-01-01"),
    "ck_member_figure_scores_range": _figure(money=6),
    "ck_member_figure_scores_whole": _figure(money=None),
    "fk_member_figure_member_id_member": _figure(member_id=NOBODY),
    "pk_member_figure": _figure(member_id=ANNA),
}

VIOLATIONS = SEGMENTS | LISTS | TAGS | FIGURES
UNCHANGED = (
    _segment(),
    _segment(member_count=0, counted_at=NOON),
    _version(),
    _list(),
    _tag(),
    _member_tag(),
    _figure(),
    refused(insert("issue_run", issue_run(9898, audience="segment", segment_id=SEGMENT, segment_version=1))),
)
