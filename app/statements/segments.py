"""Statements around a segment's condition: how many, some of them, one of them, and keeping a list to it.

A condition (rules/segment_compiler.py) is text of ours with every value of the rule bound.
"""

# ruff: noqa: S608  (constants of ours, and conditions that hold no word of a rule)

from collections.abc import Sequence
from typing import Final

from sqlalchemy import TextClause, text

# What a count may take: a marketer waits for it.
LIMIT_TIME: Final = text("SELECT set_config('statement_timeout', :milliseconds, true)")


def counting(condition: str) -> TextClause:
    """Active members it is true of."""
    return text(f"SELECT count(*) FROM member m WHERE m.status = 'active' AND {condition}")


def sampling(condition: str) -> TextClause:
    """Some of them: the next from a key thrown by dice on, then from the first."""
    part = (
        "SELECT m.public_id, m.nickname, m.phone_masked, m.joined_at, m.id, {turn} AS turn FROM member m"
        f" WHERE m.status = 'active' AND m.id {{side}} :dice AND {condition} ORDER BY m.id LIMIT :limit"
    )
    return text(
        f"SELECT * FROM (({part.format(turn=1, side='>=')}) UNION ALL ({part.format(turn=2, side='<')})) found"
        " ORDER BY turn, id LIMIT :limit"
    )


def asking(conditions: Sequence[str]) -> TextClause:
    """Each of some conditions for one member, in their order, and whether the member is an active one."""
    told = "".join(f", {condition} AS q{number}" for number, condition in enumerate(conditions))
    return text(f"SELECT m.status = 'active' AS is_active{told} FROM member m WHERE m.id = :member_id")


def following(condition: str) -> TextClause:
    """One range of members of a list set right: who is in comes on, whoever is not goes. Served by pk_member_list_entry."""
    within = "> :after_id AND {key} <= :through_id"
    return text(
        f"""
        WITH members AS MATERIALIZED (
            SELECT m.id FROM member m
             WHERE m.id {within.format(key="m.id")} AND m.status = 'active' AND {condition}
        ), gone AS (
            DELETE FROM member_list_entry e
             WHERE e.list_id = :list_id AND e.member_id {within.format(key="e.member_id")}
               AND NOT EXISTS (SELECT FROM members WHERE members.id = e.member_id)
            RETURNING 1
        ), come AS (
            INSERT INTO member_list_entry (list_id, member_id) SELECT :list_id, id FROM members ORDER BY id
                ON CONFLICT (list_id, member_id) DO NOTHING
            RETURNING 1
        )
        SELECT (SELECT count(*) FROM come) AS come, (SELECT count(*) FROM gone) AS gone
        """
    )


# Members up to a key, for the next range.
RANGE_END: Final = text(
    "SELECT max(id) FROM (SELECT id FROM member WHERE id > :after_id AND id <= :through_id ORDER BY id LIMIT :limit) range"
)
