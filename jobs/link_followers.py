"""Tick: ask WeChat for the UnionID of new followers of the official account, which says which member each is."""

from datetime import datetime

from app.errors import GatewayFailed, Unavailable
from app.gateways.wechat import Follower, OfficialAccount, WeChatRejected
from app.services import official_followers
from app.transaction import transaction
from app.wiring import parts

# Asked one by one, outside any transaction; the rest waits for the next tick.
MOST_A_RUN = 100
# Not one of this account's, or deleted.
INVALID_OPENID = 40003


def link_followers(*, now: datetime) -> dict[str, int]:
    """Followers asked about, and of them those with a UnionID."""
    official, app_id = parts().official, parts().config.wechat_oa_appid
    counts = {"asked": 0, "known": 0}
    if official is None:
        return counts
    with transaction():
        waiting = official_followers.list_unknown(app_id=app_id, limit=MOST_A_RUN)
    for openid in waiting:
        try:
            found = _look_up(official, openid)
        except (Unavailable, GatewayFailed):
            break  # WeChat is away or babbles: nobody is forgotten for that
        with transaction():
            official_followers.record_look_up(
                openid, app_id=app_id, follows=found.follows, unionid=found.unionid, now=now
            )
        counts["asked"] += 1
        counts["known"] += found.unionid is not None
    return counts


def _look_up(official: OfficialAccount, openid: str) -> Follower:
    try:
        return official.find_follower(openid)
    except WeChatRejected as rejected:
        if rejected.data.get("errcode") != INVALID_OPENID:
            raise
        return Follower(follows=False)
