"""A member's switches, topic by topic and channel by channel. Leans on pk_message_preference."""

from typing import Final

from sqlalchemy import text

# Every topic, its channels in the order they are tried, and what the member said of each.
LIST: Final = text(
    """
SELECT p.code, p.name, p.name_en, p.is_marketing, p.is_required, m.marketing_consent,
       way.channel, coalesce(x.is_on, true) AS is_on, x.changed_by, x.changed_at
FROM member m
CROSS JOIN message_topic p
CROSS JOIN LATERAL unnest(p.channels) WITH ORDINALITY AS way (channel, place)
LEFT JOIN message_preference x ON x.member_id = m.id AND x.topic = p.code AND x.channel = way.channel
WHERE m.id = :member_id
ORDER BY p.code, way.place
"""
)

# Saying the same again leaves untouched who said it first, and when.
CHOOSE: Final = text(
    """
INSERT INTO message_preference (member_id, topic, channel, is_on, changed_by, changed_at)
SELECT :member_id, said.topic, said.channel, said.is_on, :changed_by, :now
FROM unnest(CAST(:topics AS text[]), CAST(:channels AS text[]), CAST(:are_on AS boolean[]))
     AS said (topic, channel, is_on)
ORDER BY said.topic, said.channel
ON CONFLICT (member_id, topic, channel) DO UPDATE
    SET is_on = excluded.is_on, changed_by = excluded.changed_by, changed_at = excluded.changed_at
    WHERE message_preference.is_on <> excluded.is_on
RETURNING topic, channel
"""
)

# The channel takes back only what the channel said: a member's own choice here outlives a switch in WeChat.
SWITCH_BACK: Final = text(
    """
UPDATE message_preference SET is_on = true, changed_at = :now
WHERE member_id = :member_id AND topic = :topic AND channel = :channel AND NOT is_on AND changed_by = 'channel'
RETURNING topic
"""
)
