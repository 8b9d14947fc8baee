"""Counting what a campaign came to: a range of its deliveries at a time, along their primary key, each member's coupons and
bills by index. What a range costs follows its rows, whatever else there is."""

from typing import Final

from sqlalchemy import text

from app.statements import spread

# `start` is the same for those held out as for the others: the run's instant, the delivery's own due time where there is none.
# Last touch: of all messages of a member sent before a purchase, only the last one counts it.
COUNT: Final = text(
    """
WITH page AS MATERIALIZED (
    SELECT d.campaign_id, d.occurrence, d.member_id, d.state, d.channel, d.variant, d.benefit, d.opened_at, d.dispatched_at,
           d.due_at, c.kind, c.points_gift, coalesce(r.due_at, d.due_at) AS start,
           CASE c.kind WHEN 'birthday' THEN 'birthday:' || d.occurrence
                       ELSE 'campaign:' || d.campaign_id || ':' || d.occurrence END AS source
      FROM delivery d
      JOIN campaign c ON c.id = d.campaign_id
      LEFT JOIN campaign_run r ON r.campaign_id = d.campaign_id AND r.occurrence = d.occurrence
     WHERE d.campaign_id = :campaign_id AND (d.occurrence, d.member_id) > (:after_occurrence, :after_member_id)
     ORDER BY d.occurrence, d.member_id
     LIMIT :limit
), told AS (
    SELECT p.*, spent.fen AS spent_fen, touched.orders, touched.fen AS revenue_fen, coalesce(used.times, 0) AS times,
           coalesce(used.cost_fen, 0) AS cost_fen
      FROM page p
      LEFT JOIN LATERAL (
          SELECT sum(b.bill_fen - b.discount_fen - b.refunded_fen) AS fen
            FROM purchase b
           WHERE b.member_id = p.member_id AND b.status IN ('paid', 'refunded')
             AND b.occurred_at >= p.start AND b.occurred_at < p.start + make_interval(days => :days)
          HAVING sum(b.bill_fen - b.discount_fen - b.refunded_fen) > 0
      ) spent ON true
      LEFT JOIN LATERAL (
          SELECT count(*) AS orders, sum(b.bill_fen - b.discount_fen - b.refunded_fen) AS fen
            FROM purchase b
           WHERE p.state = 'sent' AND b.member_id = p.member_id AND b.status = 'paid'
             AND b.occurred_at >= p.dispatched_at AND b.occurred_at < p.dispatched_at + make_interval(days => :days)
             AND NOT EXISTS (
                 SELECT FROM delivery o
                  WHERE o.member_id = p.member_id AND o.state = 'sent' AND o.dispatched_at <= b.occurred_at
                    AND (o.dispatched_at, o.campaign_id, o.occurrence) > (p.dispatched_at, p.campaign_id, p.occurrence))
      ) touched ON true
      LEFT JOIN LATERAL (
          SELECT count(*) AS times, sum(u.cost_fen) AS cost_fen
            FROM coupon k JOIN redemption u ON u.coupon_id = k.id AND u.member_id = k.member_id
           WHERE p.benefit = 'given' AND k.member_id = p.member_id AND u.reversed_at IS NULL
             -- A copy that came by a merge while its twin was there says so behind its source.
             AND (k.source = p.source OR starts_with(k.source, p.source || ':merged:'))
      ) used ON true
)
SELECT CASE WHEN kind IN ('one_off', 'recurring', 'festival', 'test') THEN occurrence
            ELSE to_char(due_at AT TIME ZONE :zone, 'YYYY-MM') END AS period,
       CASE WHEN state = 'holdout' THEN 'holdout' ELSE coalesce(variant, 'all') END AS arm,
       count(*) AS targeted,
       count(*) FILTER (WHERE state NOT IN ('suppressed', 'holdout')) AS reachable,
       count(*) FILTER (WHERE state = 'sent') AS sent,
       count(*) FILTER (WHERE state = 'in_doubt') AS in_doubt,
       count(*) FILTER (WHERE opened_at IS NOT NULL AND state IN ('sent', 'in_doubt')) AS opened,
       count(*) FILTER (WHERE benefit = 'given' AND state <> 'holdout') AS given,
       count(*) FILTER (WHERE times > 0) AS redeemers,
       coalesce(sum(times), 0)::bigint AS redemptions,
       count(*) FILTER (WHERE orders > 0) AS buyers,
       coalesce(sum(orders), 0)::bigint AS orders,
       coalesce(sum(revenue_fen), 0)::bigint AS revenue_fen,
       coalesce(sum(cost_fen), 0)::bigint AS coupon_cost_fen,
       coalesce(sum(points_gift) FILTER (WHERE benefit = 'given'), 0)::bigint AS points_given,
       count(*) FILTER (WHERE spent_fen > 0) AS bought,
       coalesce(sum(spent_fen), 0)::bigint AS spent_fen,
       coalesce(sum(spent_fen::numeric * spent_fen), 0) AS spent_squared,
       count(*) FILTER (WHERE state IN ('sent', 'in_doubt') AND channel = 'subscribe') AS by_subscribe,
       count(*) FILTER (WHERE state IN ('sent', 'in_doubt') AND channel = 'oa_template') AS by_oa_template,
       count(*) FILTER (WHERE state IN ('sent', 'in_doubt') AND channel = 'sms') AS by_sms,
       count(*) FILTER (WHERE state IN ('sent', 'in_doubt') AND channel = 'email') AS by_email,
       (SELECT occurrence FROM page ORDER BY occurrence DESC, member_id DESC LIMIT 1) AS last_occurrence,
       (SELECT member_id FROM page ORDER BY occurrence DESC, member_id DESC LIMIT 1) AS last_member_id,
       (SELECT count(*) FROM page) AS rows_read
  FROM told
 GROUP BY 1, 2
 ORDER BY 1, 2
"""
)

# Campaigns whose figures are due, or were never counted. A draft has none.
DUE: Final = text(
    """
SELECT campaign_id FROM (
    (SELECT campaign_id, next_at FROM campaign_count WHERE next_at <= :now ORDER BY next_at LIMIT :limit)
    UNION ALL
    (SELECT c.id, c.started_at FROM campaign c
      WHERE c.started_at IS NOT NULL AND NOT EXISTS (SELECT FROM campaign_count k WHERE k.campaign_id = c.id)
      ORDER BY c.id LIMIT :limit)
) due
ORDER BY next_at, campaign_id
LIMIT :limit
"""
)

# Members the whole programme keeps out of marketing against all others, by what they bought in a period. Those who joined
# after it began were in neither arm for all of it; those who never agreed to marketing would get none anyway.
GLOBAL: Final = text(
    f"""
SELECT m.is_held, count(*) AS people, count(b.fen) FILTER (WHERE b.fen > 0) AS bought,
       coalesce(sum(b.fen), 0)::bigint AS spent_fen, coalesce(sum(b.fen::numeric * b.fen), 0) AS spent_squared
  FROM (SELECT m.id, ({spread.number("global_seed")}) < :holdout_bp AS is_held FROM member m
         WHERE m.status = 'active' AND m.marketing_consent AND m.joined_at < :starts_at) m
  LEFT JOIN (SELECT member_id, sum(bill_fen - discount_fen - refunded_fen) AS fen FROM purchase
              WHERE status IN ('paid', 'refunded') AND member_id IS NOT NULL
                AND occurred_at >= :starts_at AND occurred_at < :ends_at
              GROUP BY member_id) b ON b.member_id = m.id
 GROUP BY m.is_held
"""  # noqa: S608  (our own fragments; values are bound)
)
