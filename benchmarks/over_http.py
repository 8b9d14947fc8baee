"""What members and clerks do all day, over HTTP, each beside its floor, and the plainest route: taking turns on one shop in
one run."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import psycopg

from app.actor import Actor
from app.extensions import db
from app.rules import coupon_buckets
from app.services import partner_keys
from app.transaction import transaction
from app.wiring import parts
from benchmarks import counter_pages, counter_turns, coupon_counter, floor, requests, web
from benchmarks.counter_pages import Windows
from benchmarks.counter_turns import Turns
from benchmarks.coupon_counter import Counter
from benchmarks.floor import Floor
from benchmarks.place import Place, Shop
from benchmarks.plan import CLIENTS, Plan
from benchmarks.requests import Partner
from benchmarks.web import Measured, Web

# What a customer at the counter's page takes.
PAGES = ("page hello", "page scan", "page redeem")
# The size of a stored answer, which the floor stores too.
BODY_BYTES = 700


@dataclass
class Work:
    """Rounds of one thing over HTTP and, where it has one, of its floor."""

    served: list[Measured] = field(default_factory=list)
    floors: list[Floor] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return median(one.rate for one in self.served)

    @property
    def floor_rate(self) -> float:
        return median(one.rate for one in self.floors)

    @property
    def ratio(self) -> float:
        """Round by round, so that a machine that slows down slows both."""
        return median(one.rate / two.rate for one, two in zip(self.served, self.floors, strict=True))

    @property
    def cpu_ratio(self) -> float:
        """The floor's CPU over ours, drivers included: what the ratio would be on a machine with nothing else to do."""
        return median(
            (two.database_ms + two.driver_ms) / (one.server_ms + one.database_ms + one.client_ms)
            for one, two in zip(self.served, self.floors, strict=True)
        )


def measure(
    place: Place, shop: Shop, plan: Plan, *, say: Callable[[str], None]
) -> tuple[dict[str, Work], Turns | None]:
    """Name → what was measured; and the counter's page by the server's own clock, where it is among them."""
    desk = open_desk(place, shop, members=plan.members)
    works = {name: Work() for name in plan.works}
    with web.serving(place, shop) as server:
        for name in plan.works:
            warm(server, desk, plan, name)
        for number in range(plan.rounds):
            say(f"  round {number + 1} of {plan.rounds}")
            for name in plan.works:
                works[name].served.append(server.play(desk.requests(name, plan, number), clients=CLIENTS))
                script = floor.SCRIPTS / f"{name.replace('-', '_')}.sql"
                if script.exists():
                    works[name].floors.append(_floor(place, shop, script, plan=plan, number=number, values=desk.values))
    return works, _turns(place, shop, plan, desk) if set(PAGES) <= set(plan.works) else None


def _turns(place: Place, shop: Shop, plan: Plan, desk: "Desk") -> Turns:
    def customers() -> list[tuple[str, ...]]:
        # Those no round has scanned or served, with codes of this very moment.
        asked = [desk.requests(name, plan, plan.rounds, count=2 * plan.turns) for name in PAGES]
        return list(zip(*asked, strict=True))

    app = place.application(shop.url)
    counter_turns.measure(app, customers()[: plan.turns])
    return counter_turns.measure(app, customers()[plan.turns :])


@dataclass(frozen=True)
class Desk:
    """Everybody who asks, and the keys the floors need."""

    partner: Partner
    counter: Counter
    windows: Windows
    values: dict[str, int]

    def requests(self, name: str, plan: Plan, number: int, *, count: int | None = None) -> list[str]:
        """A round's requests, signed and drawn just before they are sent: a code is good for less than a minute."""
        first = plan.http_first(number)
        makers: dict[str, Callable[[int], str]] = {
            "check-in": lambda n: requests.check_in(first + n),
            "claim": lambda n: requests.claim(first + n, batch=self.counter.hot),
            "claim, many batches": lambda n: requests.claim(
                first + n, batch=self.counter.many[n % len(self.counter.many)]
            ),
            "scan": lambda n: requests.scan(
                coupon_counter.draw(first + n, at=datetime.now(UTC)), token=self.counter.clerk(first + n).token
            ),
            "redeem": lambda n: requests.redeem(
                coupon_counter.visit_id(first + n),
                coupon_id=coupon_counter.coupon_id(first + n),
                token=self.counter.clerk(first + n).token,
            ),
            # From the other end: those the API has not scanned or served.
            "page scan": lambda n: self.windows.scan(
                first + plan.calls + 1 - n, coupon_counter.draw(first + plan.calls + 1 - n, at=datetime.now(UTC))
            ),
            "page redeem": lambda n: self.windows.redeem(first + plan.calls + 1 - n),
            "page hello": self.windows.hello,
            "earn": lambda n: self.partner.purchase(1 + (first + n) % plan.members, order_no=f"http-{number}-{n}"),
            "hello": lambda _: requests.hello(),
        }
        return [makers[name](n) for n in range(1, (count or plan.count(name)) + 1)]


def open_desk(place: Place, shop: Shop, *, members: int) -> Desk:
    """Make the partner, the counter and its batches; the shop's rules were made with it."""
    partner = make_partner(place, shop)
    counter = coupon_counter.open_counter(place, shop, members=members)
    windows = counter_pages.open_windows(place, shop, counter)
    return Desk(partner, counter, windows, floor_values(shop, partner, counter))


def warm(server: Web, desk: Desk, plan: Plan, name: str) -> None:
    """Fill caches and connection pools, and see that everything answers. Raises SystemExit with what was refused."""
    # Every connection of every process prepares its statements at the fifth use and settles on their plans at the tenth.
    done = server.play(desk.requests(name, plan, -1, count=min(plan.count(name), 800)), clients=CLIENTS)
    if done.errors:
        raise SystemExit(f"{name}: {done.errors} of {done.sent} requests were refused: {done.refusals}")


def _floor(place: Place, shop: Shop, script: Path, *, plan: Plan, number: int, values: dict[str, int]) -> Floor:
    own = {"first": plan.floor_first(number), "span": plan.floor_transactions, "run": number}
    return floor.run(
        place, shop, script, values={**values, **own}, clients=CLIENTS, transactions=plan.floor_transactions
    )


def make_partner(place: Place, shop: Shop) -> Partner:
    """A key for the channel whose customers the shop knows."""
    app = place.application(shop.owner_url)
    with app.app_context():
        with transaction():
            made = partner_keys.create(
                name="bench",
                channel="bench",
                store_id=None,
                vault=parts().vault,
                actor=Actor.system(),
                now=datetime.now(UTC),
            )
            key = made.view.key
            db.session.flush()
            partner = Partner(key.id, key.key_id, made.secret)
        db.session.remove()
        db.engine.dispose()
    return partner


def floor_values(shop: Shop, partner: Partner, counter: Counter) -> dict[str, int]:
    """Keys of the rules in force, the partner and the counter, for the scripts."""
    values = {
        "partner_key": partner.id,
        "body_bytes": BODY_BYTES,
        "hot_batch": counter.hot_id,
        "given_batch": counter.given_id,
        "buckets": coupon_buckets.BUCKETS,
        "store": counter.store_id,
        "first_clerk": counter.clerks[0].id,
        "clerks": len(counter.clerks),
    }
    codes = {"points": "base_points", "growth": "base_growth", "check_in": "check_in_growth"}
    with psycopg.connect(shop.owner_url) as connection:
        for name, code in codes.items():
            row = connection.execute(
                "SELECT rule.id, version.id FROM earning_rule AS rule JOIN earning_rule_version AS version"
                " ON version.rule_id = rule.id WHERE rule.code = %s ORDER BY version.version DESC LIMIT 1",
                (code,),
            ).fetchone()
            assert row is not None  # noqa: S101 - written when the shop was made
            values[f"{name}_rule"], values[f"{name}_version"] = row
    return values
