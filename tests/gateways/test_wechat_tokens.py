"""One token for everybody: few fetches whatever happens, and clean ends when WeChat keeps refusing."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import redis
from sqlalchemy import Engine, create_engine, text

from app.gateways.vault import Vault
from app.gateways.wechat import SendOutcome, WeChatGateway, WeChatUnavailable
from app.gateways.wechat import tokens as tokens_module
from tests.gateways.conftest import MakeWeChat
from tests.gateways.mortal_valkey import MortalValkey
from tests.gateways.wechat_box import FIELDS, LOGIN_PATH, SEND_PATH, TEMPLATE, TOKEN_PATH, WeChatBox, in_threads


def send(gateway: WeChatGateway, openid: str) -> SendOutcome:
    return gateway.send_subscribe_message(openid=openid, template_id=TEMPLATE, page="", data=FIELDS)


def send_from_many(box: WeChatBox, gateways: list[WeChatGateway], *, threads: int) -> list[SendOutcome]:
    openids = [box.user(f"user-{index}", grants=5) for index in range(threads)]
    return in_threads(threads, lambda index: send(gateways[index % len(gateways)], openids[index]))


def all_sent(results: list[SendOutcome]) -> bool:
    return all(isinstance(result, SendOutcome) and result.status == "ok" for result in results)


def revoke(box: WeChatBox) -> None:
    """WeChat stops accepting the token it gave; stable_token still hands it out."""
    assert box.world.tokens.revoke(appid=box.settings.appid, sticky=True) == 1


@pytest.fixture
def nowhere_redis(mortal_valkey: MortalValkey) -> redis.Redis:
    mortal_valkey.kill()
    return mortal_valkey.client()


def test_a_cold_token_is_fetched_once_by_fifty_threads(box: WeChatBox, make_wechat: MakeWeChat) -> None:
    assert all_sent(send_from_many(box, [make_wechat()], threads=50))
    assert box.calls()[TOKEN_PATH] == 1


def test_four_processes_share_one_token(
    box: WeChatBox, make_wechat: MakeWeChat, redis_client: redis.Redis, engine: Engine
) -> None:
    gateways: list[WeChatGateway] = [make_wechat() for _ in range(4)]
    assert all_sent(send_from_many(box, gateways, threads=240))
    assert box.calls()[TOKEN_PATH] == 1
    # And a fifth that starts later needs none at all.
    assert send(make_wechat(), box.user("late", grants=1)).status == "ok"
    assert box.calls()[TOKEN_PATH] == 1


def test_the_token_lies_encrypted(box: WeChatBox, make_wechat: MakeWeChat, redis_client: redis.Redis) -> None:
    gateway = make_wechat()
    send(gateway, box.user(grants=1))
    token = gateway._client.access_token.encode()
    stored = [redis_client.get(key) for key in redis_client.scan_iter(f"*{box.settings.appid}*")]
    assert stored
    assert not any(token in value for value in stored if isinstance(value, bytes))


def test_a_foreign_value_under_the_key_is_replaced(
    box: WeChatBox, make_wechat: MakeWeChat, redis_client: redis.Redis
) -> None:
    redis_client.set(f"huitou:wechat:token:v1:{box.settings.appid}", json.dumps("91_old_plain_token"))
    assert send(make_wechat(), box.user(grants=1)).status == "ok"


def test_a_login_needs_no_token(box: WeChatBox, make_wechat: MakeWeChat) -> None:
    make_wechat().sign_in(box.login_code(box.user()))
    assert box.calls() == {LOGIN_PATH: 1}


@pytest.mark.parametrize("errcode", [40001, 40014, 42001])
def test_a_dead_token_is_renewed_once_and_the_call_repeated(
    box: WeChatBox, make_wechat: MakeWeChat, errcode: int
) -> None:
    box.fault(SEND_PATH, errcode=errcode)
    assert send(make_wechat(), box.user(grants=1)).status == "ok"
    assert box.calls()[SEND_PATH] == 2


def test_a_token_revoked_behind_our_back_is_forced_once_by_fifty_threads(
    box: WeChatBox, make_wechat: MakeWeChat
) -> None:
    gateways: list[WeChatGateway] = [make_wechat(), make_wechat()]
    assert all_sent(send_from_many(box, gateways, threads=2))
    revoke(box)
    assert all_sent(send_from_many(box, gateways, threads=50))
    # The usual call returns the dead token, the forced one a new one; nobody else asks.
    assert box.calls()[TOKEN_PATH] == 3


def test_a_token_refused_for_ever_ends_cleanly(box: WeChatBox, make_wechat: MakeWeChat) -> None:
    box.fault(SEND_PATH, errcode=40001, times=-1)
    gateway, openid = make_wechat(), box.user(grants=1)
    outcome = send(gateway, openid)
    assert (outcome.status, outcome.errcode, outcome.action) == ("failed", 40001, "retry_later")
    assert outcome.not_sent
    assert box.calls()[SEND_PATH] == 2
    for _ in range(20):
        assert send(gateway, openid).not_sent
    # A first fetch, one that returned the same token, one by force; the rest were held back.
    assert box.calls()[TOKEN_PATH] <= 4


def test_force_is_used_sparingly_over_a_day(box: WeChatBox, make_wechat: MakeWeChat) -> None:
    box.fault(SEND_PATH, errcode=40001, times=-1)
    forced: list[bool] = []
    issue = box.world.tokens.issue_stable

    def counting(appid: str, *, force: bool) -> object:
        forced.append(force)
        return issue(appid, force=force)

    box.world.tokens.issue_stable = counting
    start = datetime.now(UTC)
    for half_hour in range(30):
        # A process of its own each time: no memory but the shared one.
        moment = start + timedelta(minutes=30 * half_hour)
        send(make_wechat(now=lambda moment=moment: moment), box.user(grants=1))
    assert forced.count(True) == tokens_module.FORCES_PER_DAY


def test_a_storm_of_refusals_cannot_become_a_storm_of_fetches(box: WeChatBox, make_wechat: MakeWeChat) -> None:
    box.fault(SEND_PATH, errcode=40001, times=-1)
    for _ in range(12):
        gateways: list[WeChatGateway] = [make_wechat() for _ in range(3)]
        send_from_many(box, gateways, threads=9)
    assert box.calls()[TOKEN_PATH] <= tokens_module.FETCHES_PER_MINUTE


def test_fifty_threads_meet_a_dead_token_call_together(box: WeChatBox, make_wechat: MakeWeChat) -> None:
    box.fault(TOKEN_PATH, http_status=502, html=True, times=-1)
    gateway = make_wechat()
    results = send_from_many(box, [gateway], threads=50)
    assert {(result.status, result.not_sent) for result in results} == {("failed", True)}
    assert box.calls() == {TOKEN_PATH: 1}
    with pytest.raises(WeChatUnavailable) as down:
        gateway.phone_number("code", openid=box.user())
    assert down.value.data["retry_after_seconds"] >= 1


@pytest.mark.parametrize("errcode", [40125, 40013, 40164])
def test_a_wrong_secret_stops_the_channel(box: WeChatBox, make_wechat: MakeWeChat, errcode: int) -> None:
    box.fault(TOKEN_PATH, errcode=errcode, times=-1)
    outcome = send(make_wechat(), box.user(grants=1))
    assert (outcome.status, outcome.errcode, outcome.action, outcome.not_sent) == (
        "failed",
        errcode,
        "stop_channel",
        True,
    )


@pytest.mark.parametrize(
    "body", ["{}", "[]", "null", '{"access_token": 5, "expires_in": 7200}', '{"access_token": "t"}', "<html>"]
)
def test_a_token_answer_without_a_token_is_no_token(box: WeChatBox, make_wechat: MakeWeChat, body: str) -> None:
    box.fault(TOKEN_PATH, body=body)
    outcome = send(make_wechat(), box.user(grants=1))
    assert (outcome.status, outcome.not_sent) == ("failed", True)


def test_a_token_in_its_last_minute_is_replaced_but_used_when_there_is_no_other(
    box: WeChatBox, make_wechat: MakeWeChat
) -> None:
    shift = {"seconds": 0.0}
    gateway = make_wechat(now=lambda: datetime.now(UTC) + timedelta(seconds=shift["seconds"]))
    openid = box.user(grants=3)
    assert send(gateway, openid).status == "ok"
    shift["seconds"] = 7200 - 30
    box.fault(TOKEN_PATH, http_status=502, html=True)
    assert send(gateway, openid).status == "ok"
    shift["seconds"] = 7200 + 30
    assert send(gateway, openid).not_sent  # still held back after the failure, and nothing left to use


def test_without_redis_postgresql_keeps_one_token(
    box: WeChatBox, make_wechat: MakeWeChat, nowhere_redis: redis.Redis, engine: Engine
) -> None:
    gateways: list[WeChatGateway] = [make_wechat(redis=nowhere_redis) for _ in range(4)]
    assert all_sent(send_from_many(box, gateways, threads=60))
    assert box.calls()[TOKEN_PATH] == 1
    with engine.connect() as connection:
        row = connection.execute(
            text("SELECT token, expires_at FROM wechat_token WHERE appid = :appid"), {"appid": box.settings.appid}
        ).one()
        assert gateways[0]._client.access_token.encode() not in bytes(row.token)  # type: ignore[attr-defined]
        assert row.expires_at > datetime.now(UTC) + timedelta(hours=1)
        held = text(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        assert not connection.scalar(held)


def test_a_hung_redis_delays_and_does_not_stop(
    box: WeChatBox, make_wechat: MakeWeChat, mortal_valkey: MortalValkey
) -> None:
    mortal_valkey.hang()
    try:
        assert send(make_wechat(redis=mortal_valkey.client()), box.user(grants=1)).status == "ok"
    finally:
        mortal_valkey.wake()


def test_without_redis_and_postgresql_nothing_is_sent(
    box: WeChatBox, make_wechat: MakeWeChat, nowhere_redis: redis.Redis
) -> None:
    nowhere = create_engine("postgresql+psycopg://x:x@127.0.0.1:9/x", connect_args={"connect_timeout": 1})
    outcome = send(make_wechat(redis=nowhere_redis, engine=nowhere), box.user(grants=1))
    assert (outcome.status, outcome.not_sent, outcome.reason) == ("failed", True, "no_token_token_shelves_down")
    assert not box.calls()


@pytest.fixture
def other_vault() -> Iterator[Vault]:
    yield Vault("k9:" + "Q" * 43 + "=", "Q" * 43 + "=")


def test_a_vault_that_lost_its_key_starts_afresh(box: WeChatBox, make_wechat: MakeWeChat, other_vault: Vault) -> None:
    assert send(make_wechat(), box.user(grants=2)).status == "ok"
    assert send(make_wechat(vault=other_vault), box.user()).status == "ok"
