"""Tills that are each other's twin: what one settles before the application, the other settles in it, row by row."""

import json
import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from werkzeug.test import Client, TestResponse

from app.extensions import db
from app.transaction import transaction
from tests.blueprints.both_ways import BothWays, are_one_refusal
from tests.conftest import CommittedDatabase
from tests.factories import staff as people
from tests.factories.coupons import give_coupon, make_batch, make_template, open_visit
from tests.factories.members import make_member

PATH = "/api/store/v1/checkouts"


@dataclass
class Till(BothWays):
    """One clerk, and one customer in a visit with a bill of 100 yuan."""

    bill: dict[str, Any]

    def settle(
        self, client: Client, key: str = "k", *, bill: dict[str, Any] | None = None, **asked: Any
    ) -> TestResponse:
        headers = {**self.headers, "Idempotency-Key": key, **asked.pop("headers", {})}
        sent = asked if "data" in asked else {"json": {**self.bill, **(bill or {})}, **asked}
        return client.post(PATH, headers=headers, **sent)

    def checkouts(self) -> int:
        return self.number("SELECT count(*) FROM checkout")


def open_tills(database: CommittedDatabase, *terms: dict[str, Any], many: int = 1, clerks: int = 0) -> list[Till]:
    """So many of one store, each with a clerk of its own (`clerks`: that many between them) and a copy of the same coupons."""
    with database.session(), transaction():
        store, elsewhere = people.make_store(), people.make_store()
        persons = [people.make_staff(at=[store]) for _ in range(clerks or many + 1)]
        batches = [make_batch(make_template(**one)) for one in terms]
        members = [make_member() for _ in range(many + 1)]
        held = [[give_coupon(member, batch=batch) for batch in batches] for member in members]
        serving = [persons[number % len(persons)] for number in range(many + 1)]
        visits = [open_visit(one, clerk=person, store=store) for one, person in zip(members, serving, strict=True)]
        # The last is only there for the others to be mistaken for.
        apart = {"elsewhere": store_id(elsewhere), "colleague": persons[-1].id, "other_visit": visits[-1].id}
        return [
            Till(
                database,
                {"staff": person.id, "store": store.id, "member": member.id, "visit": visit.id, **apart},
                people.sign_in(person, store=store),
                {
                    "visit_id": str(visit.public_id),
                    "bill_fen": 10_000,
                    "coupon_ids": [str(coupon.public_id) for coupon in coupons],
                },
            )
            for member, person, visit, coupons in list(zip(members, serving, visits, held, strict=True))[:many]
        ]


def store_id(store: Any) -> int:
    db.session.flush()
    return int(store.id)


MINE = "SELECT id FROM checkout WHERE visit_id = :visit"
BOUGHT = "SELECT id FROM purchase WHERE member_id = :member"
# Whose rows; and what is drawn by lot, counts up or names the twin.
WRITTEN: dict[str, tuple[str, str]] = {
    "checkout": ("visit_id = :visit", "id public_id visit_id purchase_id staff_id"),
    "redemption": (f"checkout_id IN ({MINE})", "id public_id checkout_id member_id coupon_id staff_id"),
    "coupon": ("member_id = :member", "id public_id member_id source bucket_no held_visit_id"),
    "counter_visit": ("id = :visit", "id public_id member_id code_step staff_id"),
    "purchase": ("member_id = :member", "id public_id member_id order_no"),
    "purchase_line": (f"purchase_id IN ({BOUGHT})", "purchase_id"),
    "points_entry": ("member_id = :member", "id member_id"),
    "points_lot": ("member_id = :member", "id member_id entry_id"),
    "growth_entry": ("member_id = :member", "id member_id"),
    "earning": ("member_id = :member", "id member_id"),
    "member_account": ("member_id = :member", "member_id"),
    "staff_counter": ("staff_id = :staff", "staff_id"),
    "audit_entry": (f"object_kind = 'checkout' AND object_id IN ({MINE})", "id object_id actor_id request_id"),
    "member_badge": ("member_id = :member", "member_id"),
    "member_event": ("member_id = :member", "id member_id"),
    "tier_history": ("member_id = :member", "id member_id"),
    "coupon_owed": ("member_id = :member", "id member_id"),
    "redemption_attempt": ("staff_id = :staff", "id staff_id"),
    "idempotency_key": ("principal = 'staff:' || :staff", "principal key body request_hash"),
}
# The bill, its purchase, its audit row and its uses of this member's coupons name each other.
JOINED = """
    SELECT count(*) FROM checkout c JOIN audit_entry a ON a.object_kind = 'checkout' AND a.object_id = c.id
      LEFT JOIN purchase p ON p.id = c.purchase_id LEFT JOIN redemption r ON r.checkout_id = c.id
     WHERE c.visit_id = :visit AND a.actor_id = :staff AND a.request_id = :request AND p.member_id = :member
       AND to_jsonb(ARRAY(SELECT u.coupon_id FROM redemption u WHERE u.checkout_id = c.id ORDER BY u.seq))
           = a.details->'coupon_ids' AND (r.member_id = :member OR r.id IS NULL)
"""


def written(till: Till) -> dict[str, list[Any]]:
    """Every row a bill can write, without what is a row's own; sources name the purchase by a sign."""
    found: dict[str, list[Any]] = {}
    with till.database.session() as session:
        for table, (whose, own) in WRITTEN.items():
            names = "', '".join(own.split())
            query = f"SELECT to_jsonb(r) - ARRAY['{names}'] FROM {table} r WHERE {whose}"  # noqa: S608
            values = {name: till.ids[name] for name in re.findall(r" :(\w+)", whose)}
            rows = [plain_row(row, table) for row in session.scalars(text(query), values)]
            found[table] = sorted(rows, key=lambda row: json.dumps(row, sort_keys=True))
    return found


def plain_row(row: dict[str, Any], table: str) -> dict[str, Any]:
    for name in ("source", "occurrence"):
        if name in row:
            row[name] = re.sub(r"(purchase|checkout):[\w-]+", r"\1:#", row[name])
    if table == "audit_entry":
        row["details"]["coupon_ids"] = len(row["details"]["coupon_ids"])
    return row


def plain(answer: TestResponse) -> dict[str, Any]:
    """An answer's JSON but for ids."""
    told = {key: value for key, value in dict(answer.json or {}).items() if key not in ("id", "clerk_id", "order_no")}
    own = ("redemption_id", "coupon_id")
    told["coupons"] = [{key: value for key, value in one.items() if key not in own} for one in told["coupons"]]
    return told


def both_ways_alike(
    quickly: Till, slowly: Till, *, request_id: str = "named-by-the-balancer", **bill: Any
) -> dict[str, Any]:
    """Settle the same bill for twins, one before the application and one in it; what the first wrote."""
    asked, answers = {"X-Request-Id": request_id}, []
    for one, client, number in ((quickly, quickly.quick, 1), (slowly, slowly.slow, 2)):
        told = bill | ({"order_no": f"{bill['order_no']}-{number}"} if "order_no" in bill else {})
        answers.append(one.settle(client, f"k{number}", bill=told, headers=asked))
        assert answers[-1].status == "201 CREATED", answers[-1].text
        if "order_no" in told:
            assert answers[-1].json["order_no"] == told["order_no"]
    quick, slow = answers
    assert plain(quick) == plain(slow)
    heads = [{key: value for key, value in one.headers.items() if key != "Content-Length"} for one in answers]
    assert (heads[0], heads[0]["X-Request-Id"], len(quick.data)) == (heads[1], request_id, quick.content_length)
    rows = written(quickly)
    assert rows == written(slowly)
    for one, answer in ((quickly, quick), (slowly, slow)):
        with one.database.session() as session:
            kept = session.scalars(
                text("SELECT body FROM idempotency_key WHERE principal = :p"), {"p": f"staff:{one.ids['staff']}"}
            )
            assert [bytes(body) for body in kept] == [answer.data]
            asked_of = {name: one.ids[name] for name in ("visit", "staff", "member")} | {"request": request_id}
            joined = session.scalar(text(JOINED), asked_of)
            assert joined == (max(1, len(answer.json["coupons"])) if answer.json["bill_fen"] else 0)
    return rows


def refused_alike(till: Till, **asked: Any) -> bool:
    """Whether both ways refuse the same and write the same: nothing but that it was tried."""
    seen = [written(till)]
    answers = []
    for client in (till.quick, till.slow):
        answers.append(till.settle(client, **asked))
        seen.append(written(till))
    tries = [len(rows.pop("redemption_attempt")) for rows in seen]
    alike = are_one_refusal(*answers) and tries[1] - tries[0] == tries[2] - tries[1]
    return alike and seen[0] == seen[1] == seen[2]


def assert_nothing_left_open(till: Till) -> None:
    with till.database.app.app_context():
        assert db.engine.pool.checkedout() == 0  # type: ignore[attr-defined]
    left = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in tr%'"
    assert till.number(left) == 0
