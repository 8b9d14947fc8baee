"""The channels that rules, coupons, campaigns and segments may name."""

from apiflask import APIBlueprint

from app.services import channels
from blueprints.identity import allow
from blueprints.schemas.channels import ChannelOut, ChannelsOut

bp = APIBlueprint("channels", __name__, tag="programme")


@bp.get("/channels")
@bp.output(ChannelsOut)
@allow("marketer", "manager", "auditor", "admin")
def list_all() -> ChannelsOut:
    """Where bills come from and how people join: every counter, partners newest first, the ways of joining. 200 at most."""
    return ChannelsOut(data=[ChannelOut.of(channel) for channel in channels.list_all()])
