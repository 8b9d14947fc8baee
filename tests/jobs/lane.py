"""Draining a lane in this process, and what it leaves behind."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.models import Campaign, Member, MessageTemplate
from app.services import subscription_grants
from jobs.drain_lane import Turn


def drain(campaign: Campaign, *, turns: int = 1) -> int:
    sent = 0
    for _ in range(turns):
        turn = Turn(campaign.id, is_over=lambda: False)
        turn.drain()
        sent += turn.sent
    return sent


def counters(db_session: Session, member: Member) -> int:
    query = text("SELECT coalesce(sum(sent), 0) FROM frequency_counter WHERE member_id = :id")
    return int(db_session.execute(query, {"id": member.id}).scalar_one())


def left(member: Member, template: MessageTemplate) -> int:
    return subscription_grants.remaining(member.id)[template.id]
