"""Everything kept about a member, section by section, as rows of JSON. `:members`: the member and whoever was merged into them.

What is sealed (phone, e-mail) is opened by the service. Internal numbers, tokens and keyed indexes say nothing to anybody.
"""

# ruff: noqa: S608  (our own constants)

from typing import Final

from sqlalchemy import TextClause, text

_MINE: Final = "member_id = ANY(:members)"
_COUPON: Final = (
    "JOIN coupon c ON c.member_id = x.member_id AND c.id = x.coupon_id JOIN coupon_template t ON t.id = c.template_id"
)

_SECTIONS: Final = {
    "identities": f"SELECT kind, app_id, value, linked_at FROM member_identity WHERE {_MINE} ORDER BY id",
    "follows": """
        SELECT DISTINCT f.app_id, f.openid, f.followed_at FROM official_follower f JOIN member_identity i
            ON (i.kind = 'openid' AND f.app_id = i.app_id AND f.openid = i.value) OR (i.kind = 'unionid' AND f.unionid = i.value)
         WHERE i.member_id = ANY(:members) ORDER BY f.followed_at""",
    "sessions": f"SELECT created_at, expires_at, revoked_at FROM member_session WHERE {_MINE} ORDER BY id",
    "consents": f"SELECT purpose, document_version, granted, channel, recorded_at FROM consent WHERE {_MINE} ORDER BY id",
    "preferences": f"SELECT topic, channel, is_on, changed_by, changed_at FROM message_preference WHERE {_MINE} ORDER BY topic",
    "permissions": """
        SELECT t.title AS template, g.remaining, g.updated_at FROM subscription_grant g
          JOIN message_template t ON t.id = g.message_template_id WHERE g.member_id = ANY(:members) ORDER BY t.title""",
    "permission_entries": """
        SELECT t.title AS template, e.kind, e.delta, e.recorded_at FROM subscription_grant_entry e
          JOIN message_template t ON t.id = e.message_template_id WHERE e.member_id = ANY(:members) ORDER BY e.id""",
    "messages": """
        SELECT g.name AS campaign, t.title AS template, d.channel, d.state, d.reason, d.due_at, d.dispatched_at, d.finished_at,
               d.opened_at FROM delivery d JOIN campaign g ON g.id = d.campaign_id
          JOIN message_template t ON t.id = d.message_template_id WHERE d.member_id = ANY(:members) ORDER BY d.due_at""",
    "message_counts": f"SELECT period, starts_on, sent FROM frequency_counter WHERE {_MINE} ORDER BY period, starts_on",
    "message_rests": f"SELECT topic, touched_on FROM topic_touch WHERE {_MINE} ORDER BY topic",
    "points": """
        SELECT e.kind, e.delta, e.balance_after, e.owed_after, split_part(e.source, ':', 1) AS source, v.name AS rule,
               e.business_date, e.occurred_at FROM points_entry e
          LEFT JOIN earning_rule_version v ON v.id = e.rule_version_id
         WHERE e.member_id = ANY(:members) ORDER BY e.member_id, e.seq""",
    "points_lots": f"""
        SELECT granted, remaining, held, earned_at, available_at, expires_at FROM points_lot WHERE {_MINE} ORDER BY earned_at""",
    "points_holds": f"""
        SELECT amount, state, created_at, expires_at, ended_at FROM points_hold WHERE {_MINE} ORDER BY created_at""",
    "growth": """
        SELECT e.kind, e.delta, e.growth_after, split_part(e.source, ':', 1) AS source, v.name AS rule, e.counts_on, e.occurred_at
          FROM growth_entry e LEFT JOIN earning_rule_version v ON v.id = e.rule_version_id
         WHERE e.member_id = ANY(:members) ORDER BY e.member_id, e.seq""",
    "adjustments": f"""
        SELECT ledger, amount, reason_code, reason, state, requested_at, decided_at FROM adjustment WHERE {_MINE} ORDER BY id""",
    "tiers": """
        SELECT t.name AS tier, h.starts_at, h.ends_at, h.reason FROM tier_history h JOIN tier t ON t.id = h.tier_id
         WHERE h.member_id = ANY(:members) ORDER BY h.starts_at""",
    "tier_gifts": """
        SELECT t.name AS tier, g.kind, g.period, g.state, g.due_at, g.ended_at FROM tier_gift g JOIN tier t ON t.id = g.tier_id
         WHERE g.member_id = ANY(:members) ORDER BY g.due_at""",
    "badges": """
        SELECT b.name AS badge, w.awarded_at FROM member_badge w JOIN badge b ON b.id = w.badge_id
         WHERE w.member_id = ANY(:members) ORDER BY w.awarded_at""",
    "check_ins": f"""
        SELECT business_date, streak, points, checked_in_at, makeup_no FROM check_in WHERE {_MINE} ORDER BY business_date""",
    "purchases": """
        SELECT p.channel, s.name AS store, p.order_no, p.bill_fen, p.discount_fen, p.refunded_fen, p.status, p.occurred_at,
               (SELECT json_agg(json_build_object('sku', l.sku, 'category', l.category, 'quantity', l.quantity,
                                                  'amount_fen', l.amount_fen) ORDER BY l.line_no)
                  FROM purchase_line l WHERE l.purchase_id = p.id) AS lines,
               (SELECT json_agg(json_build_object('refund_no', f.refund_no, 'amount_fen', f.amount_fen,
                                                  'occurred_at', f.occurred_at) ORDER BY f.id)
                  FROM purchase_refund f WHERE f.purchase_id = p.id) AS refunds
          FROM purchase p LEFT JOIN store s ON s.id = p.store_id WHERE p.member_id = ANY(:members) ORDER BY p.occurred_at""",
    "visits": """
        SELECT s.name AS store, v.opened_at, v.used_at FROM counter_visit v LEFT JOIN store s ON s.id = v.store_id
         WHERE v.member_id = ANY(:members) ORDER BY v.opened_at""",
    "checkouts": """
        SELECT s.name AS store, k.bill_fen, k.coupon_fen, k.tier_fen, k.points_fen, k.points_spent, k.settled_at, k.reversed_at,
               k.reversal_reason FROM checkout k JOIN counter_visit v ON v.id = k.visit_id JOIN store s ON s.id = k.store_id
         WHERE v.member_id = ANY(:members) ORDER BY k.settled_at""",
    "coupons": """
        SELECT t.name AS coupon, b.name AS batch, c.status, c.value_fen, c.uses, c.used, c.issued_at, c.usable_from, c.expires_at,
               c.redeemed_at FROM coupon c JOIN coupon_template t ON t.id = c.template_id JOIN coupon_batch b ON b.id = c.batch_id
         WHERE c.member_id = ANY(:members) ORDER BY c.issued_at""",
    "redemptions": f"""
        SELECT t.name AS coupon, s.name AS store, x.discount_fen, x.redeemed_at, x.reversed_at FROM redemption x {_COUPON}
          JOIN store s ON s.id = x.store_id WHERE x.member_id = ANY(:members) ORDER BY x.redeemed_at""",
    "exchanges": f"""
        SELECT t.name AS coupon, x.points, x.state, x.exchanged_at, x.returned_at, x.return_reason
          FROM coupon_exchange x {_COUPON}
         WHERE x.member_id = ANY(:members) ORDER BY x.id""",
    "transfers": """
        SELECT t.name AS coupon, CASE WHEN x.from_member_id = ANY(:members) THEN 'given' ELSE 'received' END AS way, x.state,
               x.created_at, x.ended_at
          FROM coupon_transfer x JOIN coupon c ON c.member_id = x.from_member_id AND c.id = x.from_coupon_id
          JOIN coupon_template t ON t.id = c.template_id
         WHERE x.from_member_id = ANY(:members) OR x.to_member_id = ANY(:members) ORDER BY x.id""",
    "coupons_owed": """
        SELECT a.name AS automation, o.occurrence, o.state, o.due_at, o.ended_at FROM coupon_owed o
          JOIN coupon_automation a ON a.id = o.automation_id WHERE o.member_id = ANY(:members) ORDER BY o.due_at""",
    "events": f"SELECT kind, details, business_date, occurred_at FROM member_event WHERE {_MINE} ORDER BY occurred_at",
    "tags": """
        SELECT t.name AS tag, m.added_at FROM member_tag m JOIN tag t ON t.id = m.tag_id
         WHERE m.member_id = ANY(:members) ORDER BY t.name""",
    "lists": """
        SELECT l.name AS list FROM member_list_entry e JOIN member_list l ON l.id = e.list_id
         WHERE e.member_id = ANY(:members) ORDER BY l.name""",
    "figures": f"""
        SELECT first_purchase_on, last_purchase_on, purchases, spent_fen, purchases_year, spent_year_fen, recency, frequency,
               money, stage, stage_since, computed_on FROM member_figure WHERE {_MINE}""",
    "notes": """
        SELECT n.note, s.name AS store, n.written_at FROM member_note n LEFT JOIN store s ON s.id = n.store_id
         WHERE n.member_id = ANY(:members) ORDER BY n.id""",
    "merges": """
        SELECT merged_at, points_moved, growth_moved, coupons_moved FROM member_merge
         WHERE kept_id = ANY(:members) ORDER BY id""",
    "erasure_requests": f"SELECT state, requested_at, due_at, ended_at FROM erasure_request WHERE {_MINE} ORDER BY id",
}

# Section → the statement that tells it, a row of JSON text each.
SECTIONS: Final[dict[str, TextClause]] = {
    name: text(f"SELECT CAST(row_to_json(line) AS text) FROM ({statement}) AS line")
    for name, statement in _SECTIONS.items()
}

# The member in one row; sealed values as they are kept.
MEMBER: Final = text(
    """
    SELECT m.public_id AS id, m.nickname, m.birth_month, m.birth_day, m.locale, m.zone, m.joined_at, m.joined_channel,
           s.name AS joined_store, m.marketing_consent, m.phone_masked, m.phone_index, m.phone_cipher, a.points_balance,
           a.points_owed, a.growth_value, t.name AS tier, a.tier_valid_through, c.masked AS email_masked, c.value_index AS
           email_index, c.value_cipher AS email_cipher, c.verified_at AS email_verified_at
      FROM member m JOIN member_account a ON a.member_id = m.id JOIN tier t ON t.id = a.tier_id
      LEFT JOIN store s ON s.id = m.joined_store_id LEFT JOIN member_contact c ON c.member_id = m.id AND c.kind = 'email'
     WHERE m.id = :member_id
    """
)
