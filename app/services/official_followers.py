"""Who follows the official account. WeChat's events name an OpenID of that account alone; the UnionID, asked for afterwards,
says which member it is, whenever they joined."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from app.extensions import db
from app.models import OfficialFollower


def follow(openid: str, *, app_id: str, followed_at: datetime) -> None:
    """Note a follower whose UnionID is still to be asked for; a repeat asks again, which is harmless."""
    db.session.execute(
        insert(OfficialFollower)
        .values(app_id=app_id, openid=openid, followed_at=followed_at)
        .on_conflict_do_update(
            index_elements=["app_id", "openid"], set_={"followed_at": followed_at, "looked_up_at": None}
        )
    )


def forget(openid: str, *, app_id: str) -> bool:
    """They unfollowed, or a send said so (43004): no message goes there any more."""
    gone = delete(OfficialFollower).where(OfficialFollower.app_id == app_id, OfficialFollower.openid == openid)
    return db.session.execute(gone.returning(OfficialFollower.openid)).first() is not None


def list_unknown(*, app_id: str, limit: int) -> Sequence[str]:
    """OpenIDs WeChat is still to be asked about, oldest first."""
    return db.session.scalars(
        select(OfficialFollower.openid)
        .where(OfficialFollower.app_id == app_id, OfficialFollower.looked_up_at.is_(None))
        .order_by(OfficialFollower.followed_at)
        .limit(limit)
    ).all()


def record_look_up(openid: str, *, app_id: str, follows: bool, unionid: str | None, now: datetime) -> None:
    """Write what WeChat said: it knows better than an event that came late or out of turn."""
    if not follows:
        forget(openid, app_id=app_id)
        return
    db.session.execute(
        update(OfficialFollower)
        .where(OfficialFollower.app_id == app_id, OfficialFollower.openid == openid)
        .values(unionid=unionid, looked_up_at=now)
        .execution_options(synchronize_session=False)
    )
