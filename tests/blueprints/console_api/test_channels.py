"""Channels to choose among: every counter, each partner's once, the ways people join by; never more than a page holds."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient

from app.actor import Actor
from app.models import PartnerKey
from app.rules.channel_names import JOINING
from app.services import channels, member_import_making, partner_keys
from tests.factories.members import make_counter_member, make_member
from tests.factories.partners import make_key
from tests.factories.staff import make_staff, sign_in

CHANNELS = "/api/console/v1/channels"


@pytest.fixture
def marketer(app: APIFlask, now: datetime) -> dict[str, str]:
    """A marketer's headers."""
    return sign_in(make_staff("marketer"))


def listed(client: FlaskClient, headers: dict[str, str]) -> list[dict[str, Any]]:
    answer = client.get(CHANNELS, headers=headers)
    assert answer.status_code == 200, answer.text
    return list(answer.get_json()["data"])


def test_partners_stand_once_by_their_newest_name(
    client: FlaskClient, marketer: dict[str, str], db_session: Any, now: datetime
) -> None:
    old, new, gone = make_key(channel="webshop"), make_key(channel="webshop"), make_key(channel="closed-shop")
    names = {old.public_id: "旧商城", new.public_id: "新商城", gone.public_id: "已停用"}
    for key in db_session.query(PartnerKey).where(PartnerKey.public_id.in_(names)):
        key.name = names[key.public_id]
    # Its bills are there.
    partner_keys.revoke(gone.public_id, actor=Actor.system(), now=now)
    assert listed(client, marketer) == [
        {"code": "store", "name": "所有门店收银台", "name_en": "Every counter", "kind": "bill"},
        {"code": "closed-shop", "name": "已停用", "name_en": "已停用", "kind": "bill"},
        {"code": "webshop", "name": "新商城", "name_en": "新商城", "kind": "bill"},
        {"code": "mini", "name": "小程序", "name_en": "Mini-program", "kind": "join"},
        {"code": "counter", "name": "收银台", "name_en": "Counter", "kind": "join"},
        {"code": "import", "name": "导入", "name_en": "Import", "kind": "join"},
    ]


def test_every_way_people_join_by_is_listed(app: APIFlask, now: datetime) -> None:
    made = {make_member().joined_channel, make_counter_member().joined_channel, member_import_making.CHANNEL}
    assert made == set(JOINING)


def test_the_list_is_bounded_and_one_question(
    client: FlaskClient, marketer: dict[str, str], monkeypatch: pytest.MonkeyPatch, count_queries: Callable[[], int]
) -> None:
    make_key(channel="shop-0")
    before = count_queries()
    listed(client, marketer)
    few = count_queries() - before
    for n in range(1, 4):
        make_key(channel=f"shop-{n}")
    before = count_queries()
    assert len(listed(client, marketer)) == 8
    assert count_queries() - before == few
    monkeypatch.setattr(channels, "MOST", 6)
    # Of partners the newest; what is the shop's own stays.
    assert [row["code"] for row in listed(client, marketer)] == [
        "store",
        "shop-3",
        "shop-2",
        "mini",
        "counter",
        "import",
    ]


@pytest.mark.parametrize(
    ("role", "status"), [("marketer", 200), ("manager", 200), ("auditor", 200), ("admin", 200), ("clerk", 403)]
)
def test_who_may_read_them(client: FlaskClient, now: datetime, role: str, status: int) -> None:
    assert client.get(CHANNELS, headers=sign_in(make_staff(role))).status_code == status
    assert client.get(CHANNELS).status_code == 401
