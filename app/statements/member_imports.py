"""Lines of imports: kept, judged, forgotten; and who was touched since. Leans on pk_member_import_line and
uq_member_import_line_phone."""

from typing import Final

from sqlalchemy import text

KEEP: Final = text(
    """
    INSERT INTO member_import_line (import_id, line, state, cipher)
    SELECT :import_id, one.line, 'waiting', one.cipher
      FROM unnest(CAST(:lines AS integer[]), CAST(:ciphers AS bytea[])) AS one (line, cipher)
    """
)

# A line nobody will work off is forgotten at once.
JUDGE: Final = text(
    """
    UPDATE member_import_line AS l
       SET state = one.state, phone_index = one.phone_index, points = one.points, growth = one.growth,
           faults = CAST(one.faults AS jsonb), reason = one.reason,
           cipher = CASE WHEN one.state = 'ready' THEN l.cipher END
      FROM unnest(CAST(:lines AS integer[]), CAST(:states AS text[]), CAST(:phone_indexes AS bytea[]),
                  CAST(:points AS bigint[]), CAST(:growths AS bigint[]), CAST(:faults AS text[]), CAST(:reasons AS text[]))
           AS one (line, state, phone_index, points, growth, faults, reason)
     WHERE l.import_id = :import_id AND l.line = one.line AND l.state = 'waiting'
    """
)

# What became of lines that were ready or made. The state they are expected in makes a repeat a mistake that shows.
SETTLE: Final = text(
    """
    UPDATE member_import_line AS l
       SET state = one.state, reason = one.reason, member_id = coalesce(l.member_id, one.member_id),
           cipher = NULL, phone_index = NULL
      FROM unnest(CAST(:lines AS integer[]), CAST(:states AS text[]), CAST(:reasons AS text[]),
                  CAST(:member_ids AS bigint[])) AS one (line, state, reason, member_id)
     WHERE l.import_id = :import_id AND l.line = one.line AND l.state = :expected
    """
)

FORGET: Final = text(
    """
    UPDATE member_import_line SET cipher = NULL, phone_index = NULL
     WHERE import_id = :import_id AND line IN (
        SELECT line FROM member_import_line
         WHERE import_id = :import_id AND (cipher IS NOT NULL OR phone_index IS NOT NULL) LIMIT :limit)
    """
)

# The accounts of what lines made, in the order everybody locks them.
LOCK: Final = text(
    "SELECT member_id FROM member_account WHERE member_id = ANY (CAST(:member_ids AS bigint[])) ORDER BY member_id FOR UPDATE"
)

# Why a member is no longer only what the line made; NULL for who is. Begins after the locks, so it sees what came before them.
TOUCHED: Final = text(
    """
    SELECT l.member_id, CASE
             WHEN m.status <> 'active' THEN m.status
             WHEN EXISTS (SELECT FROM staff s WHERE s.member_id = m.id) THEN 'staff'
             WHEN EXISTS (SELECT FROM member_identity i WHERE i.member_id = m.id)
               OR EXISTS (SELECT FROM member_session s WHERE s.member_id = m.id)
               OR EXISTS (SELECT FROM member_contact c WHERE c.member_id = m.id)
               OR EXISTS (SELECT FROM message_preference p WHERE p.member_id = m.id)
               OR EXISTS (SELECT FROM erasure_request e WHERE e.member_id = m.id AND e.state = 'waiting')
               OR EXISTS (SELECT FROM subscription_grant_entry g WHERE g.member_id = m.id)
               OR EXISTS (SELECT FROM member x WHERE x.merged_into_id = m.id)
               OR (SELECT count(*) FROM consent c WHERE c.member_id = m.id) > 1 THEN 'signed_in'
             WHEN EXISTS (SELECT FROM purchase p WHERE p.member_id = m.id)
               OR EXISTS (SELECT FROM counter_visit v WHERE v.member_id = m.id)
               OR EXISTS (SELECT FROM coupon c WHERE c.member_id = m.id)
               OR EXISTS (SELECT FROM check_in c WHERE c.member_id = m.id)
               OR EXISTS (SELECT FROM earning e WHERE e.member_id = m.id) THEN 'bought'
             WHEN a.points_seq <> (l.points > 0)::integer OR a.growth_seq <> (l.growth > 0)::integer
               OR a.points_held > 0
               OR EXISTS (SELECT FROM adjustment x WHERE x.member_id = m.id) THEN 'ledger_moved'
             WHEN EXISTS (SELECT FROM member_note n WHERE n.member_id = m.id) THEN 'noted'
             WHEN EXISTS (SELECT FROM delivery d WHERE d.member_id = m.id
                             AND d.state IN ('claimed', 'dispatching', 'sent', 'in_doubt')) THEN 'messaged' END AS reason
      FROM member_import_line l
      JOIN member m ON m.id = l.member_id
      JOIN member_account a ON a.member_id = m.id
     WHERE l.import_id = :import_id AND l.member_id = ANY (CAST(:member_ids AS bigint[]))
    """
)

# What hung on members who are no more, and says nothing without them.
LEFT: Final = (
    text("DELETE FROM member_tag WHERE member_id = ANY (CAST(:member_ids AS bigint[]))"),
    text("DELETE FROM member_list_entry WHERE member_id = ANY (CAST(:member_ids AS bigint[]))"),
    text("DELETE FROM member_figure WHERE member_id = ANY (CAST(:member_ids AS bigint[]))"),
)

COUNTS: Final = text(
    "SELECT import_id, state, count(*) AS n FROM member_import_line"
    " WHERE import_id = ANY (CAST(:import_ids AS bigint[])) GROUP BY import_id, state"
)
