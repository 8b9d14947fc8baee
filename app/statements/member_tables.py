"""Every table that hangs on a member, and what becomes of its rows when two become one, when somebody asks what is kept about
them, and when somebody asks to be forgotten. A test reads the schema and fails for a table that is not decided here.

`export` is the name of the section that holds its rows (statements/member_export.py), or why there is none, after a dash.
"""

from dataclasses import dataclass
from typing import Final, Literal

# deleted · emptied: the row stays, what could name the person goes · ended: the row stays, nothing more comes of it ·
# kept: it names nobody once the member row is emptied
Erasure = Literal["deleted", "emptied", "ended", "kept"]
# moves · sums · dissolves: goes with the merge, or into rows of who stays · stays: with the one who was merged away
Merge = Literal["moves", "sums", "dissolves", "stays"]


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of a table's rows. `key`: the column that names the member."""

    merge: Merge
    export: str
    erasure: Erasure
    key: str = "member_id"


FATES: Final = {
    "member": Fate("stays", "member", "emptied", "id"),
    "member_account": Fate("sums", "member", "ended"),
    "member_identity": Fate("moves", "identities", "deleted"),
    "member_contact": Fate("moves", "member", "deleted"),
    "contact_code": Fate("dissolves", "- on its way for a quarter of an hour", "deleted"),
    "member_session": Fate("moves", "sessions", "deleted"),
    "member_merge": Fate("stays", "merges", "kept", "kept_id"),
    "member_note": Fate("moves", "notes", "deleted"),
    "member_tag": Fate("moves", "tags", "deleted"),
    "member_list_entry": Fate("moves", "lists", "deleted"),
    "member_figure": Fate("dissolves", "figures", "deleted"),
    "member_event": Fate("stays", "events", "kept"),
    "member_badge": Fate("moves", "badges", "kept"),
    "member_import_line": Fate("stays", "- the line of a file that brought them, without its words", "kept"),
    "consent": Fate("stays", "consents", "kept"),
    "erasure_request": Fate("stays", "erasure_requests", "emptied"),
    "points_entry": Fate("sums", "points", "kept"),
    "points_lot": Fate("sums", "points_lots", "ended"),
    "points_lot_use": Fate("stays", "- which lot an entry took", "kept"),
    "points_hold": Fate("dissolves", "points_holds", "ended"),
    "points_hold_lot": Fate("stays", "- which lot a hold marked", "kept"),
    "growth_entry": Fate("sums", "growth", "kept"),
    "earning": Fate("moves", "- which rule paid is told with points and growth", "kept"),
    "adjustment": Fate("stays", "adjustments", "emptied"),
    "tier_history": Fate("stays", "tiers", "ended"),
    "tier_gift": Fate("moves", "tier_gifts", "ended"),
    "check_in": Fate("moves", "check_ins", "kept"),
    "purchase": Fate("moves", "purchases", "kept"),
    "counter_visit": Fate("moves", "visits", "kept"),
    "redemption": Fate("moves", "redemptions", "kept"),
    "coupon": Fate("moves", "coupons", "ended"),
    "coupon_code": Fate("moves", "- the coupon it became is told", "kept"),
    "coupon_exchange": Fate("moves", "exchanges", "emptied"),
    "coupon_owed": Fate("moves", "coupons_owed", "ended"),
    "coupon_transfer": Fate("moves", "transfers", "ended", "from_member_id"),
    "delivery": Fate("moves", "messages", "emptied"),
    "message_preference": Fate("moves", "preferences", "deleted"),
    "subscription_grant": Fate("sums", "permissions", "ended"),
    "subscription_grant_entry": Fate("sums", "permission_entries", "kept"),
    "frequency_counter": Fate("sums", "message_counts", "deleted"),
    "topic_touch": Fate("moves", "message_rests", "deleted"),
    # Without a column of its own that names the member.
    "staff": Fate("moves", "- the person's own work is told to them as staff", "emptied"),
    "idempotency_key": Fate("moves", "- answers given before, kept four days", "deleted", "principal"),
    "official_follower": Fate("stays", "follows", "deleted", "openid"),
    "wechat_event": Fate("stays", "- WeChat's own notices, kept ninety days", "deleted", "openid"),
    # The buyer of a bill that nobody has claimed is no member; binding the phone makes it theirs.
    "checkout": Fate("stays", "checkouts", "emptied", "visit_id"),
}
