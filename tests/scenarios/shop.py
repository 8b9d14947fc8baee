"""The shop the stories play in: a store with a clerk, a console, a web shop that signs its orders, and its customers."""

import itertools
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask.testing import FlaskClient

from app.models import Member
from app.services import purchases
from tests.conftest import Clock
from tests.factories import members, staff
from tests.factories.members import code_of, make_member
from tests.factories.partners import make_key
from tests.factories.staff import make_staff, make_store

MINI, STORE, CONSOLE = "/api/mini/v1", "/api/store/v1", "/api/console/v1"
# The counter's code works once, and the next one comes half a minute later.
NEXT_CODE_SECONDS = 60

# (article, class of goods, pieces, fen)
Lines = Sequence[tuple[str, str, int, int]]

_numbers = itertools.count(1)


@dataclass
class Customer:
    """A member with the mini-program open."""

    member: Member
    shop: "Shop"

    def reads(self, path: str, **headers: str) -> Any:
        """What the mini-program is told."""
        told = self.shop.client.get(MINI + path, headers={**self._token(), **headers})
        assert told.status_code == 200, told.text
        return told.get_json()

    def tries(self, path: str, body: Any = None) -> Any:
        """A value-moving tap, once; whatever is answered."""
        said = {} if body is None else {"json": body}
        return self.shop.client.post(MINI + path, headers={**self._token(), **fresh_key()}, **said)

    def does(self, path: str, body: Any = None) -> Any:
        """A value-moving tap that succeeds."""
        told = self.tries(path, body)
        assert told.status_code in (200, 201), told.text
        return told.get_json()

    def puts(self, path: str, body: Any) -> Any:
        """A choice that is taken."""
        told = self.shop.client.put(MINI + path, headers=self._token(), json=body)
        assert told.status_code == 200, told.text
        return told.get_json()

    @property
    def points(self) -> int:
        """What can be spent this moment."""
        spendable: int = self.reads("/points")["spendable"]
        return spendable

    @property
    def growth(self) -> int:
        value: int = self.reads("/tiers")["mine"]["growth_value"]
        return value

    @property
    def tier(self) -> str:
        """The code of the tier held."""
        code: str = self.reads("/tiers")["mine"]["tier"]["badge"]["code"]
        return code

    def _token(self) -> dict[str, str]:
        return members.sign_in(self.member, now=self.shop.clock.now)


class Shop:
    """Every door of the product, on one clock."""

    def __init__(self, client: FlaskClient, clock: Clock) -> None:
        self.client, self.clock = client, clock
        self.store = make_store(code="RIVER", name="江边店")
        self.people = {role: make_staff(role, at=[self.store]) for role in ("clerk", "manager", "admin", "auditor")}
        self.web = make_key(channel="webshop")

    def customer(self, nickname: str = "小雨", **known: Any) -> Customer:
        """Somebody joins with one tap."""
        return Customer(make_member(nickname=nickname, now=self.clock.now, **known), self)

    def at(self, local: str) -> datetime:
        """Move the clock to a local time, "2026-11-24 15:10"."""
        return self.clock.set(datetime.fromisoformat(local).replace(tzinfo=ZoneInfo("Asia/Shanghai")))

    def sells(self, customer: Customer, *, bill_fen: int, order_no: str | None = None) -> Any:
        """A bill at the counter: the clerk scans the member code, then types the sum."""
        self.clock.move(seconds=NEXT_CODE_SECONDS)
        visit_id = self.scans(customer)["visit_id"]
        return self.counter("/purchases", {"visit_id": visit_id, "bill_fen": bill_fen, "order_no": order_no})

    def scans(self, customer: Customer) -> Any:
        """What the clerk sees after the scan."""
        return self.counter("/visits", {"member_code": code_of(customer.member, now=self.clock.now)})

    def refunds(self, purchase_id: str, *, amount_fen: int, refund_no: str) -> Any:
        """Money back over the counter."""
        bill = purchases.get_by_public_id(uuid.UUID(purchase_id))
        receipt = purchases.refund(bill.id, amount_fen=amount_fen, refund_no=refund_no, now=self.clock.now)
        return {"points_taken_back": receipt.points_taken_back, "growth_taken_back": receipt.growth_taken_back}

    def counter(self, path: str, body: Any, *, by: str = "clerk") -> Any:
        """The counter posts; it must succeed."""
        token = staff.sign_in(self.people[by], store=self.store, now=self.clock.now)
        told = self.client.post(STORE + path, headers={**token, **fresh_key()}, json=body)
        assert told.status_code in (200, 201), told.text
        return told.get_json()

    def console(self, path: str, body: Any = None, *, by: str = "admin", method: str | None = None) -> Any:
        """The console reads, or posts a body; it must succeed."""
        token = staff.sign_in(self.people[by], now=self.clock.now)
        told = self.client.open(
            CONSOLE + path,
            method=method or ("GET" if body is None else "POST"),
            headers={**token, **fresh_key()},
            **({} if body is None else {"json": body}),
        )
        assert told.status_code in (200, 201), told.text
        return told.get_json()

    def refused(self, path: str, body: Any, *, by: str) -> Any:
        """The console posts and is refused; the error."""
        token = staff.sign_in(self.people[by], now=self.clock.now)
        told = self.client.post(CONSOLE + path, headers={**token, **fresh_key()}, json=body)
        assert told.status_code in (409, 422), told.text
        return told.get_json()["error"]

    def webshop(self, path: str, body: Any = None, *, method: str = "POST") -> Any:
        """The web shop's signed request; it must succeed."""
        told = self.web.send(self.client, method, path, body, now=self.clock.now, **fresh_key())
        assert told.status_code in (200, 201, 202), told.text
        return told.get_json()

    def order(self, order_no: str, *, phone: str, lines: Lines) -> dict[str, Any]:
        """A web order paid this moment by whoever has this phone: (article, class, pieces, fen) a line."""
        return {
            "order_no": order_no,
            "occurred_at": self.clock.now.isoformat(),
            "bill_fen": sum(line[3] for line in lines),
            "lines": [
                {"sku": sku, "category": category, "quantity": pieces, "amount_fen": fen}
                for sku, category, pieces, fen in lines
            ],
            "buyer": {"phone": phone},
        }


def fresh_key() -> dict[str, str]:
    """One intention, one key."""
    return {"Idempotency-Key": str(uuid.UUID(int=next(_numbers)))}
