"""What must hold of imports of members: name → (sentence, query returning the rows that break it)."""

CHECKS = {
    "I4_member_imports": (
        "A line's points and growth were booked once for the member it made, and booked back for one who was undone.",
        """
        SELECT line.import_id, line.line, line.state, booked.points, booked.growth
          FROM (SELECT *, 'import:' || import_id || ':' || line AS source FROM member_import_line
                 WHERE member_id IS NOT NULL) AS line
          JOIN member ON member.id = line.member_id
         CROSS JOIN LATERAL (
            SELECT (SELECT coalesce(sum(amount), 0) FROM points_entry AS entry
                     WHERE entry.member_id = line.member_id AND entry.source = line.source) AS points,
                   (SELECT coalesce(sum(delta), 0) FROM growth_entry AS entry
                     WHERE entry.member_id = line.member_id AND entry.source = line.source) AS growth,
                   (SELECT coalesce(sum(amount), 0) FROM points_entry AS entry
                     WHERE entry.member_id = line.member_id AND entry.source = 'undo:' || line.source) AS points_back,
                   (SELECT coalesce(-sum(delta), 0) FROM growth_entry AS entry
                     WHERE entry.member_id = line.member_id AND entry.source = 'undo:' || line.source) AS growth_back
         ) AS booked
         WHERE booked.points <> line.points OR booked.growth <> line.growth
            OR booked.points_back <> CASE WHEN line.state = 'undone' THEN line.points ELSE 0 END
            OR booked.growth_back <> CASE WHEN line.state = 'undone' THEN line.growth ELSE 0 END
            OR (line.state = 'undone' AND member.status <> 'erased')
        """,
    ),
}
