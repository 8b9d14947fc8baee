"""Booking growth value under the member's account lock; leans on uq_growth_entry_member_id_source and the balance trigger."""

from sqlalchemy import text

BOOK = text(
    """
    WITH account AS (
        UPDATE member_account SET growth_value = growth_value + :delta, growth_seq = growth_seq + 1
         WHERE member_id = :member_id
        RETURNING growth_value, growth_seq
    )
    INSERT INTO growth_entry (member_id, seq, kind, delta, growth_after, source, reverses_id, business_date,
                              counts_on, occurred_at, recorded_at)
    SELECT :member_id, growth_seq, :kind, :delta, growth_value, :source, CAST(:reverses_id AS bigint), :business_date,
           :business_date, :now, :now
      FROM account
    RETURNING id, growth_after
    """
)
