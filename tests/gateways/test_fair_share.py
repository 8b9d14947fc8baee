"""The script in Redis and the rule say the same; without Redis each process goes on by the rule."""

import random
import uuid
from collections import Counter

import redis

from app.gateways.fair_share import FairShare
from app.rules import fair_share
from app.rules.fair_share import Shares
from tests.gateways.mortal_valkey import MortalValkey


def test_redis_and_the_rule_choose_alike(redis_client: redis.Redis) -> None:
    key, rng, shares = f"test:shares:{uuid.uuid4().hex}", random.Random(7), Shares()
    made = FairShare(redis_client, key=key)
    everybody = {3: 1, 11: 5, 200: 9, 7: 2}
    for _ in range(300):
        wanted = dict(rng.sample(sorted(everybody.items()), rng.randint(2, 4)))
        n = rng.randint(1, 8)
        chosen = made.pick(wanted, n=n)
        assert chosen == fair_share.pick(shares, wanted, n=n)
        if rng.random() < 0.3:
            made.refund(chosen, weight=everybody[chosen], n=1)
            fair_share.refund(shares, chosen, weight=everybody[chosen], n=1)
    assert 0 < redis_client.pttl(key) <= 3_600_000
    redis_client.delete(key)


def test_a_flush_begins_anew_and_a_death_is_survived(mortal_valkey: MortalValkey) -> None:
    made, weights = FairShare(mortal_valkey.client()), {1: 1, 2: 3}
    got: Counter[int] = Counter()
    for number in range(400):
        if number == 100:
            mortal_valkey.flush()
        if number == 200:
            mortal_valkey.kill()
        got[made.pick(weights, n=1)] += 1
    assert abs(got[1] - 100) <= 4


def test_who_is_alone_is_not_asked_for(mortal_valkey: MortalValkey) -> None:
    mortal_valkey.kill()
    assert FairShare(mortal_valkey.client()).pick({9: 4}, n=3) == 9


def test_many_campaigns_leave_no_heap(redis_client: redis.Redis) -> None:
    key = f"test:shares:{uuid.uuid4().hex}"
    made = FairShare(redis_client, key=key)
    for number in range(1_000):
        made.pick({number: 1, number + 1: 1}, n=8)
    assert redis_client.hlen(key) <= 600
    redis_client.delete(key)
