"""Figures of members' purchases, counted afresh for a few members at a time, and scores among all of them.

Served by ix_purchase_member_id_occurred_at. Leans on pk_member_figure: counted again, the same row says the same, and a row
that would not change is not written.
"""

from typing import Final

from sqlalchemy import text

NEXT_MEMBERS: Final = text("SELECT id FROM member WHERE id > :after ORDER BY id LIMIT :limit")

# Bills written since: the key grows with them. One that commits out of its turn waits for the day's pass.
NEW_PURCHASES: Final = text("SELECT id, member_id FROM purchase WHERE id > :after ORDER BY id LIMIT :limit")

_ON: Final = "(({} AT TIME ZONE :zone) - make_interval(hours => :cut_over_hour))::date"

# The rule of rules/lifecycle.stage_of, over many at once. A stage that changed says since when it is seen and what it was.
COUNT: Final = text(
    f"""
    WITH bill AS (
        SELECT p.member_id, {_ON.format("p.occurred_at")} AS happened_on, p.occurred_at, p.id,
               p.bill_fen - p.discount_fen - p.refunded_fen AS paid_fen
          FROM purchase p
         WHERE p.member_id = ANY (CAST(:member_ids AS bigint[])) AND p.status = 'paid' AND p.occurred_at <= :now
    ), following AS (
        SELECT *, happened_on - lag(happened_on) OVER (PARTITION BY member_id ORDER BY occurred_at, id) AS gap FROM bill
    ), counted AS (
        SELECT member_id, min(happened_on) AS first_on, max(happened_on) AS last_on,
               max(happened_on) FILTER (WHERE gap > :lapsed_days) AS returned_on,
               count(*)::integer AS purchases, sum(paid_fen)::bigint AS spent_fen,
               (count(*) FILTER (WHERE happened_on > CAST(:today AS date) - 365))::integer AS purchases_year,
               coalesce(sum(paid_fen) FILTER (WHERE happened_on > CAST(:today AS date) - 365), 0)::bigint AS spent_year_fen
          FROM following GROUP BY member_id
    ), found AS (
        SELECT m.id, {_ON.format("m.joined_at")} AS joined_on, c.first_on, c.last_on, c.returned_on,
               coalesce(c.purchases, 0) AS purchases, coalesce(c.spent_fen, 0) AS spent_fen,
               coalesce(c.purchases_year, 0) AS purchases_year, coalesce(c.spent_year_fen, 0) AS spent_year_fen
          FROM member m LEFT JOIN counted c ON c.member_id = m.id
         WHERE m.id = ANY (CAST(:member_ids AS bigint[])) AND m.status = 'active'
    ), staged AS (
        SELECT found.*,
               CASE WHEN quiet > :lost_days THEN 'lost'
                    WHEN quiet > :lapsed_days THEN 'lapsed'
                    WHEN quiet > :at_risk_days THEN 'at_risk'
                    WHEN CAST(:today AS date) - returned_on <= :won_back_days THEN 'won_back'
                    WHEN purchases_year >= :loyal_purchases THEN 'loyal'
                    WHEN first_on IS NULL OR CAST(:today AS date) - first_on <= :new_days THEN 'new'
                    ELSE 'active' END AS stage
          FROM found CROSS JOIN LATERAL (SELECT CAST(:today AS date) - coalesce(last_on, joined_on) AS quiet) since
    ), news AS (
        SELECT staged.* FROM staged LEFT JOIN member_figure f ON f.member_id = staged.id
         WHERE (f.first_purchase_on, f.last_purchase_on, f.returned_on, f.purchases, f.spent_fen, f.purchases_year,
                f.spent_year_fen, f.stage)
               IS DISTINCT FROM (first_on, last_on, staged.returned_on, staged.purchases, staged.spent_fen,
                                 staged.purchases_year, staged.spent_year_fen, staged.stage)
    ), present AS (
        -- A merge takes its figures away under the members' locks: whoever is being merged is waited for, and seen to be gone.
        SELECT id FROM member WHERE id IN (SELECT id FROM news) AND status = 'active' ORDER BY id FOR SHARE
    ), written AS (
        INSERT INTO member_figure AS f (member_id, first_purchase_on, last_purchase_on, returned_on, purchases, spent_fen,
                                        purchases_year, spent_year_fen, stage, stage_since, computed_on)
        SELECT id, first_on, last_on, returned_on, purchases, spent_fen, purchases_year, spent_year_fen, stage, :today, :today
          FROM news JOIN present USING (id) ORDER BY id
            ON CONFLICT (member_id) DO UPDATE SET
               first_purchase_on = excluded.first_purchase_on, last_purchase_on = excluded.last_purchase_on,
               returned_on = excluded.returned_on, purchases = excluded.purchases, spent_fen = excluded.spent_fen,
               purchases_year = excluded.purchases_year, spent_year_fen = excluded.spent_year_fen,
               recency = CASE WHEN excluded.purchases > 0 THEN f.recency END,
               frequency = CASE WHEN excluded.purchases > 0 THEN f.frequency END,
               money = CASE WHEN excluded.purchases > 0 THEN f.money END,
               previous_stage = CASE WHEN f.stage = excluded.stage THEN f.previous_stage ELSE f.stage END,
               stage_since = CASE WHEN f.stage = excluded.stage THEN f.stage_since ELSE excluded.stage_since END,
               stage = excluded.stage, computed_on = greatest(f.computed_on, excluded.computed_on)
         WHERE (f.first_purchase_on, f.last_purchase_on, f.returned_on, f.purchases, f.spent_fen, f.purchases_year,
                f.spent_year_fen, f.stage)
               IS DISTINCT FROM
               (excluded.first_purchase_on, excluded.last_purchase_on, excluded.returned_on, excluded.purchases,
                excluded.spent_fen, excluded.purchases_year, excluded.spent_year_fen, excluded.stage)
        RETURNING 1
    )
    SELECT count(*) FROM written
    """  # noqa: S608 constants of ours
)

# Fifths of all who ever bought, 5 the best; those who stand equal share the lower fifth.
_FIFTH: Final = "(1 + (rank() OVER (ORDER BY {}) - 1) * 5 / count(*) OVER ())::smallint"
SCORE: Final = text(
    f"""
    WITH scored AS (
        SELECT f.member_id, {_FIFTH.format("f.last_purchase_on")} AS recency,
               {_FIFTH.format("f.purchases_year")} AS frequency, {_FIFTH.format("f.spent_year_fen")} AS money
          FROM member_figure f JOIN member m ON m.id = f.member_id AND m.status = 'active'
         WHERE f.purchases > 0
    ), written AS (
        UPDATE member_figure f SET recency = s.recency, frequency = s.frequency, money = s.money
          FROM scored s
         WHERE f.member_id = s.member_id
           AND (f.recency, f.frequency, f.money) IS DISTINCT FROM (s.recency, s.frequency, s.money)
        RETURNING 1
    )
    SELECT count(*) FROM written
    """  # noqa: S608 constants of ours
)
