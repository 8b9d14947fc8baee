"""Members as a table."""

from collections.abc import Iterable, Iterator
from typing import Literal

from app.services.member_exports import Exported
from blueprints.csv_out import Cell
from blueprints.schemas.base import ClosedQuery, Code, Text


class MemberExportQuery(ClosedQuery):
    """Of a `tier` (by code), with a `tag` (by name), or everybody. `phones=whole` is an admin's."""

    tier: Code | None = None
    tag: Text | None = None
    phones: Literal["masked", "whole"] = "masked"


def header() -> list[str]:
    """The columns, named as an import understands them where it does."""
    return ["手机号", "昵称", "生日", "等级", "积分", "标签", "门店", "入会日期", "成长值", "来源", "营销同意", "编号"]


def rows(members: Iterable[Exported]) -> Iterator[list[Cell]]:
    """A line for each member."""
    for one in members:
        member = one.member
        birthday = "" if member.birth_month is None else f"{member.birth_month:02d}-{member.birth_day:02d}"
        yield [
            one.phone or "",
            member.nickname,
            birthday,
            one.tier.code,
            one.points_balance,
            ";".join(one.tags),
            one.store_code or "",
            one.joined_on.isoformat(),
            one.growth_value,
            member.joined_channel,
            "1" if member.marketing_consent else "0",
            str(member.public_id),
        ]
