"""The SQL of questions about what a member did and was sent: bills, check-ins, coupons, messages."""

# ruff: noqa: S608  (put together from constants; what a rule says is bound)

from collections.abc import Mapping
from typing import Final

from app.rules.segment_profile import AsSql, Said
from app.rules.segment_sql import Binds, between, counted, day_start, days_ago, exists, keys_of, since

# What is left of a bill after coupons and refunds.
_PAID: Final = "(p.bill_fen - p.discount_fen - p.refunded_fen)"


def _bills(said: Said, binds: Binds) -> list[str]:
    """The conditions on a bill `p`. Undone bills and those refunded in full never were."""
    parts = ["p.member_id = m.id", "p.status = 'paid'", since("p.occurred_at", said.get("days"), binds)]
    if "stores" in said:
        parts.append(f"p.store_id = {keys_of('store', 'code', binds.texts(said['stores']))}")
    if "channels" in said:
        # "store" names every counter, whose own channels are "store:<number>".
        channels = binds.texts(said["channels"])
        parts.append(f"(p.channel = ANY ({channels}) OR split_part(p.channel, ':', 1) = ANY ({channels}))")
    return parts


def _goods(said: Said, binds: Binds) -> str | None:
    """The lines `l` of a bill that are of the goods named; None when none are."""
    parts = [
        f"l.{column} = ANY ({binds.texts(said[name])})"
        for name, column in (("categories", "category"), ("skus", "sku"))
        if name in said
    ]
    return f"FROM purchase_line l WHERE l.purchase_id = p.id AND {' AND '.join(parts)}" if parts else None


def _purchases(said: Said, binds: Binds) -> str:
    parts, goods = _bills(said, binds), _goods(said, binds)
    if goods:
        parts.append(exists(goods))
    return counted(f"FROM purchase p WHERE {' AND '.join(parts)}", said, binds)


def _spent(said: Said, binds: Binds) -> str:
    parts, goods, paid = _bills(said, binds), _goods(said, binds), _PAID
    if goods:
        # A refund names no goods: of those named, no more than what is left of the bill.
        paid = f"least({_PAID}, coalesce((SELECT sum(l.amount_fen) {goods}), 0))"
    return between(f"(SELECT coalesce(sum({paid}), 0) FROM purchase p WHERE {' AND '.join(parts)})", said, binds)


def _last_purchase(said: Said, binds: Binds) -> str:
    newest = (
        "(SELECT p.occurred_at FROM purchase p WHERE p.member_id = m.id AND p.status = 'paid'"
        " AND p.occurred_at <= CAST(:seg_now AS timestamptz) ORDER BY p.occurred_at DESC LIMIT 1)"
    )
    return days_ago(newest, said, binds)


def _check_ins(said: Said, binds: Binds) -> str:
    days = (
        ""
        if "days" not in said
        else f" AND c.business_date > CAST(:seg_today AS date) - {binds(said['days'], 'integer')}"
    )
    return counted(
        f"FROM check_in c WHERE c.member_id = m.id AND c.business_date <= CAST(:seg_today AS date){days}", said, binds
    )


def _last_check_in(said: Said, binds: Binds) -> str:
    newest = (
        "(SELECT max(c.business_date) FROM check_in c WHERE c.member_id = m.id"
        " AND c.business_date <= CAST(:seg_today AS date))"
    )
    return between(f"(CAST(:seg_today AS date) - {newest})", said, binds)


def _batches(said: Said, binds: Binds) -> str:
    """Copies `c` of the batches named, or of any version of the templates named."""
    parts = []
    if "batches" in said:
        parts.append(f"c.batch_id = {keys_of('coupon_batch', 'public_id', binds(said['batches'], 'uuid[]'))}")
    if "templates" in said:
        families = keys_of("coupon_template", "public_id", binds(said["templates"], "uuid[]"), key="family_id")
        parts.append(f"c.family_id = {families}")
    return "".join(f" AND {part}" for part in parts)


def _live(said: Said, binds: Binds, *, until: str = "") -> str:
    return counted(
        "FROM coupon c WHERE c.member_id = m.id AND c.status = 'active'"
        f" AND c.expires_at > CAST(:seg_now AS timestamptz){until}{_batches(said, binds)}",
        said,
        binds,
    )


def _coupons_expiring(said: Said, binds: Binds) -> str:
    return _live(said, binds, until=f" AND c.expires_at <= {day_start(binds(said['days'] + 1, 'integer'))}")


def _coupons_redeemed(said: Said, binds: Binds) -> str:
    """Uses that were not given back."""
    return counted(
        "FROM redemption r JOIN coupon c ON c.member_id = r.member_id AND c.id = r.coupon_id"
        " WHERE r.member_id = m.id AND r.reversed_at IS NULL"
        f" AND {since('r.redeemed_at', said.get('days'), binds)}{_batches(said, binds)}",
        said,
        binds,
    )


def _messages(at: str, *, state: str = "") -> AsSql:
    def asked(said: Said, binds: Binds) -> str:
        topics = ""
        if "topics" in said:
            topics = f" AND d.message_template_id = {keys_of('message_template', 'topic', binds.texts(said['topics']))}"
        rows = f"FROM delivery d WHERE d.member_id = m.id{state} AND {since(at, said.get('days'), binds)}{topics}"
        return counted(rows, said, binds)

    return asked


QUESTIONS: Final[Mapping[str, AsSql]] = {
    "last_purchase_days_ago": _last_purchase,
    "purchases": _purchases,
    "spent_fen": _spent,
    "last_check_in_days_ago": _last_check_in,
    "check_ins": _check_ins,
    "coupons_held": _live,
    "coupons_expiring": _coupons_expiring,
    "coupons_redeemed": _coupons_redeemed,
    "messages_sent": _messages("d.dispatched_at", state=" AND d.state = 'sent'"),
    "messages_opened": _messages("d.opened_at"),
}
