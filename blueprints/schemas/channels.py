"""Channels of bills and of joining, as rules name them."""

from app.services.channels import Channel, Kind
from blueprints.schemas.base import Out


class ChannelOut(Out):
    """kind: `bill`, or `join` for the ways people join by. A partner's has one name, its newest key's."""

    code: str
    name: str
    name_en: str
    kind: Kind

    @classmethod
    def of(cls, channel: Channel) -> "ChannelOut":
        return cls(code=channel.code, name=channel.name.zh, name_en=channel.name.en, kind=channel.kind)


class ChannelsOut(Out):
    data: list[ChannelOut]
