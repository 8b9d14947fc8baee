"""Messages to named colleagues: rows for the lanes, and what became of them."""

from typing import Final

from sqlalchemy import text

# Nobody is left out beforehand: dispatch says what stands in the way. Leans on pk_delivery.
ADDRESS: Final = text(
    """
INSERT INTO delivery (campaign_id, occurrence, member_id, state, message_template_id, variant, due_at, expires_at,
                      attempts, awaiting_event)
SELECT :campaign_id, '0', member_id, 'planned', :message_template_id, :variant, :now, :expires_at, 0, false
  FROM unnest(CAST(:member_ids AS bigint[])) AS member_id
"""
)

# The tests of a campaign, newest first, a row for each colleague addressed.
TOLD: Final = text(
    """
SELECT c.public_id, c.created_at, s.public_id AS staff_id, s.display_name, d.variant, d.state, d.reason, d.errcode,
       d.dispatched_at
  FROM (SELECT id, public_id, created_at FROM campaign
         WHERE parent_id = :campaign_id AND kind = 'test' ORDER BY id DESC LIMIT :limit) c
  JOIN delivery d ON d.campaign_id = c.id
  JOIN staff s ON s.member_id = d.member_id
 ORDER BY c.id DESC, s.id
"""
)
