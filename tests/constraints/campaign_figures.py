"""What refuses figures of campaigns that cannot be."""

from tests.constraints.campaign_figure_rows import count, figure
from tests.constraints.violation import LATER, NOBODY, NOON, Value, Violation, insert, refused

_AGAIN = "UPDATE campaign_count SET"


def _figure(**changes: Value) -> Violation:
    return refused(insert("campaign_figure", figure(**changes)))


def _count(change: str) -> Violation:
    return refused(f"{_AGAIN} {change}")


VIOLATIONS = {
    "pk_campaign_count": refused(insert("campaign_count", count())),
    "fk_campaign_count_campaign_id_campaign": refused(insert("campaign_count", count(campaign_id=NOBODY))),
    "ck_campaign_count_next_after_counted": _count(f"next_at = {NOON}, counted_at = {LATER}"),
    "ck_campaign_count_window_range": _count("window_days = 91"),
    "pk_campaign_figure": _figure(period="0"),
    "fk_campaign_figure_campaign_id_campaign_count": _figure(campaign_id=NOBODY),
    "ck_campaign_figure_arm_known": _figure(arm="I"),
    "ck_campaign_figure_sent_reachable": _figure(reachable=11),
    "ck_campaign_figure_opened_was_sent": _figure(opened=6),
    "ck_campaign_figure_redeemers_were_given": _figure(redeemers=6, redemptions=6),
    "ck_campaign_figure_buyers_were_sent": _figure(buyers=2, orders=1),
    "ck_campaign_figure_bought_within": _figure(bought=11),
    "ck_campaign_figure_sums_not_negative": _figure(spent_fen=-1),
    "ck_campaign_figure_holdout_gets_nothing": _figure(arm="holdout", reachable=1, sent=0, given=0),
}
UNCHANGED = (_figure(), _figure(arm="holdout", reachable=0, sent=0, given=0), _count("next_at = NULL"))
