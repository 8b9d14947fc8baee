"""What must hold of segments, and of figures of members: name → (sentence, query returning the rows that break it)."""

CHECKS = {
    "segment_versions": (
        "The version a segment is in is there, and none is newer.",
        """
        SELECT segment.id, segment.version, newest.version AS newest
          FROM segment
          LEFT JOIN (SELECT segment_id, max(version) AS version FROM segment_version GROUP BY segment_id) AS newest
            ON newest.segment_id = segment.id
         WHERE newest.version IS DISTINCT FROM segment.version
        """,
    ),
    "figures_of_members": (
        "Tags and figures are those of members who are there; what a merge left is with the one who stays.",
        """
        SELECT member.id, 'figure' AS what FROM member_figure JOIN member ON member.id = member_figure.member_id
         WHERE member.status = 'merged'
        UNION ALL
        SELECT member.id, 'tag' FROM member_tag JOIN member ON member.id = member_tag.member_id
         WHERE member.status = 'merged'
        """,
    ),
}
