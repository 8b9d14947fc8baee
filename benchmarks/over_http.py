"""Check-in and earning over HTTP, each beside its floor, and the plainest route: taking turns on one shop in one run."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import psycopg

from app.actor import Actor
from app.extensions import db
from app.services import partner_keys
from app.transaction import transaction
from app.wiring import parts
from benchmarks import floor, web
from benchmarks.floor import Floor
from benchmarks.place import Place, Shop
from benchmarks.web import Measured, Partner, Web

CLIENTS = 16
# The size of a stored answer to a check-in, which the floor stores too.
BODY_BYTES = 700


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How much of each a round does."""

    rounds: int
    check_ins: int
    bills: int
    hellos: int
    # By each of the clients.
    floor_transactions: int

    @property
    def members(self) -> int:
        """Members who check in once each: by the floor, by HTTP, and some to warm up with."""
        return self._floor_members * self.rounds + self.check_ins * (self.rounds + 1)

    @property
    def _floor_members(self) -> int:
        return CLIENTS * self.floor_transactions

    def floor_first(self, number: int) -> int:
        """The member before the first one of the floor's round."""
        return number * self._floor_members

    def http_first(self, number: int) -> int:
        """The member before the first one who checks in over HTTP; round −1 warms up."""
        return self._floor_members * self.rounds + (number + 1) * self.check_ins


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


def measure(place: Place, shop: Shop, plan: Plan, *, say: Callable[[str], None]) -> dict[str, Work]:
    """Name → what was measured."""
    partner = make_partner(place, shop)
    values = floor_values(shop, partner)
    works = {"check-in": Work(), "earn": Work(), "hello": Work()}
    with web.serving(place, shop) as server:
        warm(server, partner, plan)
        for number in range(plan.rounds):
            say(f"  round {number + 1} of {plan.rounds}")
            for name, requests in _requests(partner, plan, number).items():
                works[name].served.append(server.play(requests(), clients=CLIENTS))
                script = floor.SCRIPTS / f"{name.replace('-', '_')}.sql"
                if script.exists():
                    works[name].floors.append(_floor(place, shop, script, plan=plan, number=number, values=values))
    return works


def _requests(partner: Partner, plan: Plan, number: int) -> dict[str, Callable[[], list[str]]]:
    first = plan.http_first(number)
    # Bills are signed just before they are sent: a signature is good for five minutes.
    return {
        "check-in": lambda: [web.check_in(first + n) for n in range(1, plan.check_ins + 1)],
        "earn": lambda: [
            partner.purchase(1 + (first + n) % plan.members, order_no=f"http-{number}-{n}") for n in range(plan.bills)
        ],
        "hello": lambda: [web.hello()] * plan.hellos,
    }


def warm(server: Web, partner: Partner, plan: Plan) -> None:
    """Fill caches and connection pools, and see that everything answers. Raises SystemExit with what was refused."""
    first = plan.http_first(-1)
    # Every connection of every process prepares its statements at the fifth use and settles on their plans at the tenth.
    count = min(plan.check_ins, 800)
    for requests in (
        [web.check_in(first + n) for n in range(1, count + 1)],
        [partner.purchase(1 + n, order_no=f"warm-{n}") for n in range(count)],
        [web.hello()] * count,
    ):
        done = server.play(requests, clients=CLIENTS)
        if done.errors:
            raise SystemExit(f"{done.errors} of {done.sent} requests were refused: {done.refusals}")


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


def floor_values(shop: Shop, partner: Partner) -> dict[str, int]:
    """Keys of the rules in force and of the partner, for the scripts."""
    values = {"partner_key": partner.id, "body_bytes": BODY_BYTES}
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
