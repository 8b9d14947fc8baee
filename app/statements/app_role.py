"""What the application's own database login may do, table by table: it cannot rewrite a ledger, an audit row or the schema.

Every table stands in exactly one of the lists; a table in none of them is out of the application's reach (a test says so).
"""

from collections.abc import Iterator
from typing import Final

from sqlalchemy.dialects.postgresql import dialect

# History: what was written stays written. SELECT and INSERT, nothing else.
APPEND_ONLY: Final = (
    "points_entry",
    "points_lot_use",
    "points_hold_lot",
    "growth_entry",
    "audit_entry",
    "audit_seal",
    "audit_seal_entry",
    "consent",
    "member_merge",
    "subscription_grant_entry",
    "purchase_line",
    "purchase_refund",
    "member_event",
    "coupon_template",
    "redemption_attempt",
    "segment_version",
    "settlement",
)

# History with a running part: only these columns may change, no row may go.
RUNNING: Final = {
    "points_lot": ("remaining", "held"),
    "earning": ("taken_back", "member_id"),
    "earning_rule_version": ("ends_at",),
    "coupon_code": ("used_at", "member_id", "coupon_id"),
    # A merge keeps the earlier of two awards.
    "member_badge": ("awarded_at",),
    # Switched and ended; another wording is another automation.
    "coupon_automation": ("is_active", "ends_at"),
}

# Current state that value hangs on: it changes, but no row of it ever goes.
KEPT: Final = (
    "adjustment",
    "check_in",
    "checkout",
    "coupon",
    "coupon_batch",
    "coupon_bucket",
    "coupon_code_run",
    "coupon_transfer",
    "coupon_exchange",
    "coupon_owed",
    "counter_visit",
    "earning_rule",
    "erasure_request",
    "issue_run",
    "ladder",
    "member",
    "member_account",
    "member_import",
    "member_import_line",
    "message_topic",
    "payer",
    "points_hold",
    "programme",
    "purchase",
    "redemption",
    "revocation",
    "segment",
    "segment_list",
    "shift",
    "subscription_grant",
    "tier",
    "tier_gift",
    "tier_history",
)

ORDINARY: Final = (
    "attempt_counter",
    "badge",
    "campaign",
    "campaign_count",
    "campaign_figure",
    "campaign_run",
    "campaign_variant",
    "contact_code",
    "channel_pace",
    "channel_quota",
    "day_figure",
    "delivery",
    "figure_refresh",
    "frequency_counter",
    "idempotency_key",
    "job_run",
    "member_contact",
    "member_figure",
    "member_identity",
    "member_list",
    "member_list_entry",
    "member_note",
    "member_session",
    "member_tag",
    "message_preference",
    "message_template",
    "message_template_channel",
    "official_follower",
    "partner_key",
    "partner_nonce",
    "send_breaker",
    "send_slot",
    "staff",
    "staff_counter",
    "staff_recovery_code",
    "staff_second_step",
    "staff_session",
    "staff_store",
    "store",
    "subscription_scene",
    "tag",
    "tier_benefit",
    "topic_touch",
    "wechat_event",
    "wechat_token",
    "window_figure",
)

# Written by migrations alone.
READ_ONLY: Final = ("alembic_version",)


def grants(role: str, *, database: str) -> Iterator[str]:
    """The statements, in order, that leave `role` with exactly these rights; the owner of the tables runs them."""
    quote = dialect().identifier_preparer.quote_identifier  # type: ignore[no-untyped-call]
    name = quote(role)
    # A temporary table would stand before a real one of the same name, also inside trigger functions.
    yield f"REVOKE TEMPORARY, CREATE ON DATABASE {quote(database)} FROM PUBLIC, {name}"
    yield f"REVOKE ALL ON SCHEMA public FROM {name}"
    yield "REVOKE CREATE ON SCHEMA public FROM PUBLIC"
    yield "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC"
    yield f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {name}"
    yield f"GRANT CONNECT ON DATABASE {quote(database)} TO {name}"
    yield f"GRANT USAGE ON SCHEMA public TO {name}"
    yield f"GRANT SELECT ON {', '.join(READ_ONLY)} TO {name}"
    yield f"GRANT SELECT, INSERT ON {', '.join((*APPEND_ONLY, *RUNNING))} TO {name}"
    for table, columns in RUNNING.items():
        yield f"GRANT UPDATE ({', '.join(columns)}) ON {table} TO {name}"
    yield f"GRANT SELECT, INSERT, UPDATE ON {', '.join(KEPT)} TO {name}"
    yield f"GRANT SELECT, INSERT, UPDATE, DELETE ON {', '.join(ORDINARY)} TO {name}"


# What the role that asks could do to history: directly, as owner, or as superuser.
REWRITABLE: Final = """
SELECT c.relname FROM pg_class AS c
 WHERE c.relnamespace = 'public'::regnamespace AND c.relname = ANY(:tables)
   AND (pg_has_role(current_user, c.relowner, 'USAGE')
        OR has_table_privilege(c.oid, 'UPDATE, DELETE, TRUNCATE, TRIGGER')
        OR (c.relname = ANY(:closed) AND has_any_column_privilege(c.oid, 'UPDATE')))
 ORDER BY 1
"""
