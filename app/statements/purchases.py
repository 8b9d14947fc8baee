"""Bills, whom they belong to, and their refunds.

They lean on uq_purchase_order (an order counts once), uq_purchase_refund_purchase_id_refund_no (a refund counts once),
ck_purchase_refunds_within_paid, uq_member_identity_kind_app_id_value (an external number is one member's) and the deferred
triggers tr_purchase_adds_up, tr_purchase_line_adds_up and tr_purchase_refund_adds_up.
"""

from sqlalchemy import text

RECORD = text(
    """
    INSERT INTO purchase (public_id, member_id, store_id, channel, order_no, bill_fen, discount_fen, status, occurred_at,
                          buyer_phone_index, buyer_external_id)
    VALUES (:public_id, :member_id, :store_id, :channel, :order_no, :bill_fen, :discount_fen, :status, :occurred_at,
            CAST(:phone_index AS bytea), CAST(:external_id AS text))
    ON CONFLICT (channel, order_no) WHERE status <> 'voided' DO NOTHING
    RETURNING id
    """
)

# Lines of one bill in one round trip.
ADD_LINES = text(
    """
    INSERT INTO purchase_line (purchase_id, line_no, sku, category, quantity, amount_fen)
    SELECT :purchase_id, line.*
      FROM unnest(CAST(:numbers AS int[]), CAST(:skus AS text[]), CAST(:categories AS text[]),
                  CAST(:quantities AS int[]), CAST(:amounts AS bigint[])) AS line
    """
)

# The member a channel's bill belongs to: its own customer number first, then the phone.
FIND_BUYER = text(
    """
    SELECT member.id, rank FROM (
        SELECT member_id, 1 AS rank FROM member_identity
         WHERE kind = 'external' AND app_id = :channel AND value = CAST(:external_id AS text)
        UNION ALL
        SELECT id, 2 FROM member WHERE phone_index = CAST(:phone_index AS bytea)
    ) AS found JOIN member ON member.id = found.member_id AND member.status = 'active'
     ORDER BY rank LIMIT 1
    """
)

# An external number that already is somebody's stays theirs.
LINK_EXTERNAL = text(
    """
    INSERT INTO member_identity (member_id, kind, app_id, value, linked_at)
    VALUES (:member_id, 'external', :channel, :external_id, :now)
    ON CONFLICT (kind, app_id, value) DO NOTHING
    RETURNING id
    """
)

# Which purchase of the member this is: refunded and voided ones do not count.
NTH = text("SELECT count(*) FROM purchase WHERE member_id = :member_id AND status = 'paid' AND id <> :purchase_id")

# A member's waiting bills, by phone and by every channel's number, each through its index; locked in one order.
CLAIMABLE = text(
    """
    SELECT id FROM purchase
     WHERE status = 'waiting' AND id IN (
        SELECT bill.id FROM member JOIN purchase AS bill ON bill.buyer_phone_index = member.phone_index
         WHERE member.id = :member_id AND bill.status = 'waiting'
        UNION ALL
        SELECT bill.id FROM member_identity AS identity
          JOIN purchase AS bill ON bill.channel = identity.app_id AND bill.buyer_external_id = identity.value
         WHERE identity.member_id = :member_id AND identity.kind = 'external' AND bill.status = 'waiting')
     ORDER BY id LIMIT :limit
       FOR UPDATE
    """
)

# Members who have turned up while a bill of theirs waited.
CLAIMANTS = text(
    """
    SELECT DISTINCT member_id FROM (
        SELECT member.id AS member_id FROM purchase
          JOIN member ON member.phone_index = purchase.buyer_phone_index
         WHERE purchase.status = 'waiting' AND member.status = 'active'
        UNION ALL
        SELECT identity.member_id FROM purchase
          JOIN member_identity AS identity
            ON identity.kind = 'external' AND identity.app_id = purchase.channel
           AND identity.value = purchase.buyer_external_id
         WHERE purchase.status = 'waiting'
    ) AS found
     WHERE member_id > :after_id ORDER BY member_id LIMIT :limit
    """
)

# A refund or void locks the bill only while it is still the member's whose account is held.
LOCK = text(
    """
    SELECT id FROM purchase WHERE id = :id AND member_id IS NOT DISTINCT FROM CAST(:member_id AS bigint)
       FOR UPDATE
    """
)

REFUND = text(
    """
    WITH paid AS (
        UPDATE purchase
           SET refunded_fen = refunded_fen + :amount_fen,
               status = CASE WHEN refunded_fen + :amount_fen = bill_fen - discount_fen THEN 'refunded' ELSE status END
         WHERE id = :id RETURNING id
    )
    INSERT INTO purchase_refund (public_id, purchase_id, refund_no, amount_fen, occurred_at, recorded_at)
    SELECT :public_id, id, :refund_no, :amount_fen, :occurred_at, :now FROM paid
    RETURNING id
    """
)
