"""A small shop with every kind of thing in it, so that random requests also hit what exists, and callers for all roles."""

import io
import itertools
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, text

from app.actor import Actor
from app.extensions import db
from app.gateways.wechat import RecordingWeChat
from app.models import Checkout, Member, Purchase, Redemption, Staff, StaffSession, Store
from app.services import (
    adjustments,
    badges,
    campaign_states,
    earning_rules,
    erasures,
    ladder_changes,
    partner_holds,
    partner_keys,
    points,
    programmes,
    purchases,
    redemptions,
    tier_benefits,
    tiers,
)
from app.transaction import transaction
from blueprints.identity import STAFF_ROLES
from blueprints.schemas.base import MAX_FEN
from tests.conftest import CommittedDatabase
from tests.factories import members, staff
from tests.factories.coupons import at_counter, give_coupon, make_batch, make_template, open_visit
from tests.factories.ladders import draft
from tests.factories.members import code_of, make_member
from tests.factories.messages import make_campaign, make_message_template, make_reachable, make_running
from tests.factories.partners import Signer, make_key
from tests.factories.staff import make_staff, make_store
from tests.fuzz import counter, files, letters, mailbox, plans, second_steps, stops
from tests.fuzz.segments import divide
from tests.fuzz.shelves import PRICE, Shelves

Headers = dict[str, str]
# Marks a request to be signed as the partner's once it is on its way: the signature covers its very bytes.
SIGN = "X-Sign"
# The share of fields that get a value which exists.
FAMILIAR = 0.85


@dataclass
class World:
    """What exists right now. `known` maps a field's name to values that mean something."""

    database: CommittedDatabase
    wechat: RecordingWeChat
    now: datetime
    chance: random.Random
    known: dict[str, list[Any]] = field(default_factory=dict)
    callers: dict[str, Headers] = field(default_factory=dict)
    partner: Signer | None = None
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def refresh(self) -> None:
        """New sessions, visits, coupons, codes and drafts; counters of attempts back to none, a new ladder settled."""
        with self.database.app.app_context(), transaction():
            db.session.execute(text("DELETE FROM attempt_counter"))
            # Whatever was made of the settings: campaigns here leave without a second person.
            programmes.get().has_campaign_review = False
            while ladder_changes.settle_next(now=self.now, limit=10_000):
                pass
            self._restock()

    def _restock(self) -> None:
        store = make_store()
        # A member for some days, with points to make up for one of them.
        person = make_member(marketing=True, now=self.now - timedelta(days=5))
        points.earn(person.id, amount=1_000, source="fuzz", now=self.now)
        clerk = self._sign_in(person, store)
        ids: dict[str, list[Any]] = {"staff_id": [make_staff("clerk").public_id], "store_ids": [[store.public_id]]}
        ids["staff_id"] += self.known["protected_id"]
        colleague = make_staff("marketer")
        colleague.member_id = make_member(marketing=True).id
        ids["staff_ids"] = [[colleague.public_id]]
        ids["store_id"] = [store.public_id]
        ids["tier_id"] = [tier.public_id for tier in tiers.ladder()]
        ids["tier_ids"] = [ids["tier_id"][:1], []]
        coupons = [give_coupon(person, min_spend_fen=1, value_fen=1) for _ in range(6)]
        visits = [open_visit(person, clerk=clerk, store=store) for _ in range(8)]
        batch = make_batch(stock=1_000_000, per_member_limit=100)
        issued = make_batch(how="issue", stock=1_000_000, per_member_limit=100, clerk_can_issue=True)
        exchanged = make_batch(how="exchange", points_price=PRICE, stock=1_000_000, per_member_limit=100)
        message = make_message_template()
        make_reachable(message)
        draft, running, paused = make_campaign(message), make_running(message), make_running(message)
        campaign_states.pause(paused, actor=Actor.system(), now=self.now)
        ids["batch_id"] = [batch.public_id, issued.public_id, exchanged.public_id]
        ids["coupon_id"] = [one.public_id for one in coupons]
        ids["coupon_ids"] = [[], *([one.public_id] for one in coupons)]
        ids["visit_id"] = [one.public_id for one in visits]
        ids["campaign_id"] = [draft.public_id, running.public_id, paused.public_id, *plans.stock(message, now=self.now)]
        ids["message_template_id"] = [message.public_id]
        self.known["ids"] = [f"{draft.public_id},{running.public_id}", str(paused.public_id)]
        ids["template_id"] = ids["coupon_template_id"] = [make_template().public_id]
        other = make_member()
        letters.stock([running, paused, draft], [person, other], now=self.now)
        ids["member_id"] = [person.public_id, other.public_id]
        # Who may disappear into one of them.
        ids["other_id"] = [make_member().public_id for _ in range(6)]
        ids["adjustment_id"] = [self._correction(person) for _ in range(4)]
        done = [self._redeemed(person, clerk, store) for _ in range(4)]
        ids["redemption_id"] = [one.public_id for one in done[:2]]
        ids["checkout_id"] = [db.session.get_one(Checkout, one.checkout_id).public_id for one in done[2:]]
        ids["member_code"] = [code_of(make_member(), now=self.now) for _ in range(3)]
        ids["erasure_id"] = [self._wish(one) for one in (person, *(make_member() for _ in range(5)))]
        ids["wechat_template_id"] = [message.wechat_template_id]
        self._sell(person, store, ids)
        ids |= divide(person, self.known, now=self.now)
        self._grade(ids)
        Shelves(ids, self.known, self.now, self.chance, self._numbers).fill(person, issued=issued, exchanged=exchanged)
        self.known |= stops.stock(message, now=self.now)
        self.known |= files.stock(self._numbers, now=self.now)
        self.known |= mailbox.stock(person, message, number=next(self._numbers), now=self.now)
        self._write_down(ids)
        self._write_down_plain(store.code)

    def _sign_in(self, person: Member, store: Store) -> Staff:
        people = {role: make_staff(role, at=[store]) for role in STAFF_ROLES}
        # Before they sign in: a second step ends what was signed in without it.
        self.known |= second_steps.stock(people, now=self.now)
        self.callers = {role: staff.sign_in(worker, store=store, now=self.now) for role, worker in people.items()}
        # Where they are signed in besides.
        for worker in people.values():
            staff.sign_in(worker, store=store, now=self.now)
        newest = select(StaffSession.public_id).order_by(StaffSession.id.desc()).limit(len(people))
        self.known["session_id"] = [str(one) for one in db.session.scalars(newest)]
        self.callers |= {"anonymous": {}, "member": members.sign_in(person, now=self.now), "partner": {SIGN: "1"}}
        self.known["login"] = [people["manager"].login]
        self.known |= counter.stock(person, [people["clerk"], people["manager"]], store, now=self.now)
        return people["clerk"]

    def _redeemed(self, person: Member, clerk: Staff, store: Store) -> Redemption:
        return redemptions.redeem(
            visit_public_id=open_visit(person, clerk=clerk, store=store).public_id,
            coupon_public_id=give_coupon(person, min_spend_fen=1, value_fen=1).public_id,
            bill_fen=10_000,
            order_no=None,
            actor=at_counter(clerk, store),
            now=self.now,
        )

    def _wish(self, member: Member) -> str:
        """To be forgotten, still to be thought over."""
        asked = erasures.ask(member.id, actor=Actor(kind="member", id=member.id), now=self.now)
        return str(asked.request.public_id)

    def _correction(self, person: Member) -> str:
        """Too large for one person: it waits for another."""
        asked = adjustments.request(
            person.public_id,
            ledger="points",
            amount=50_000,
            reason_code="goodwill",
            reason="等候太久，致歉",
            actor=Actor(kind="staff", id=make_staff("manager").id, role="manager"),
            now=self.now,
        )
        return str(asked.public_id)

    def _sell(self, person: Member, store: Store, ids: dict[str, list[Any]]) -> None:
        """Bills at the counter and in a channel, points on hold, keys and rules."""
        self.partner = make_key(channel="fuzz")
        holder = partner_keys.find(self.partner.key_id)
        assert holder is not None
        rich = make_member()
        points.earn(rich.id, amount=100_000, source="fuzz", now=self.now)
        orders = [f"F-{next(self._numbers)}" for _ in range(6)]
        for order_no in orders[:2]:
            self._bill(rich, None, "fuzz", order_no)
        sold = [self._bill(person, store.id, f"store:{store.id}") for _ in range(3)]
        held = [
            partner_holds.hold(
                rich.id,
                code_step=-next(self._numbers),
                amount=10,
                key=str(next(self._numbers)),
                expires_at=self.now + timedelta(hours=1),
                partner=holder.principal,
                now=self.now,
            )
            for _ in range(6)
        ]
        ids["purchase_id"] = [bill.public_id for bill in sold]
        ids["hold_id"] = [one.public_id for one in held]
        ids["partner_key_id"] = [make_key().public_id for _ in range(3)]
        ids["member_code"] += [code_of(rich, now=self.now)]
        self.known |= {"order_no": [*orders], "rule_code": [self._rule() for _ in range(3)]}

    def _grade(self, ids: dict[str, list[Any]]) -> None:
        """Drafts of a ladder, a benefit on every tier, badges."""
        thresholds = {tier.code: tier.growth_threshold for tier in tiers.ladder()}
        ids["ladder_id"] = [draft(now=self.now, thresholds=thresholds).public_id for _ in range(4)]
        ids["badge_id"] = [badge.public_id for badge in badges.list_all()]
        for tier_id in ids["tier_id"]:
            tier_benefits.put(
                tier_id, "discount", batch_public_id=None, discount_bp=500, actor=Actor.system(), now=self.now
            )
        self.known |= {
            "benefit_kind": ["discount"],
            "thresholds": [thresholds],
            "qualification": ["lifetime"],
            "qualification_months": [None],
            "validity_months": [None],
            "coupon_batch_id": [None],
            "discount_bp": [500],
        }

    def _bill(self, member: Member, store_id: int | None, channel: str, order_no: str | None = None) -> Purchase:
        return purchases.record(
            member.id, store_id=store_id, channel=channel, order_no=order_no, bill_fen=10_000, now=self.now
        )

    def _rule(self) -> str:
        rule_code = f"fuzz_{next(self._numbers)}"
        earning_rules.create(
            code=rule_code,
            event="purchase",
            ledger="points",
            name="规则",
            name_en="Rule",
            # Hundreds are made on the way: no bill may have to pay them all.
            terms={"kind": "fixed", "amount": 5, "min_paid_fen": MAX_FEN},
            actor=Actor.system(),
            # The next version begins now.
            now=self.now - timedelta(hours=1),
        )
        return rule_code

    def signing(self) -> Callable[[dict[str, Any], Any], Iterable[bytes]]:
        """The application, behind something that signs what is marked."""

        def middle(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
            if environ.pop("HTTP_X_SIGN", None) and self.partner:
                body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
                environ["wsgi.input"] = io.BytesIO(body)
                query = environ.get("QUERY_STRING")
                target = environ["PATH_INFO"] + (f"?{query}" if query else "")
                headers = self.partner.headers(environ["REQUEST_METHOD"], target, body, now=self.now)
                environ |= {"HTTP_" + name.upper().replace("-", "_"): value for name, value in headers.items()}
            return self.database.app.wsgi_app(environ, start_response)

        return middle

    def _write_down(self, ids: dict[str, list[Any]]) -> None:
        for name, values in ids.items():
            self.known[name] = [
                [str(one) for one in value] if isinstance(value, list) else str(value) for value in values
            ]

    def _write_down_plain(self, store_code: str) -> None:
        tomorrow = self.now + timedelta(days=1)
        self.known |= {
            "store_code": [store_code],
            **{key: [staff.PASSWORD] for key in ("password", "current_password")},
            "document_version": ["2026-11"],
            "phone": [f"+86139{next(self._numbers):08d}", "13800138000"],
            "badge": ["basic", "gold", "first_purchase", "regular"],
            "business_date": [(self.now - timedelta(days=days)).date().isoformat() for days in (1, 2, 3)],
            "name": [f"名称 {next(self._numbers)}" for _ in range(40)],
            **{field: ["写几个字"] for field in ("title", "display_name", "nickname", "note", "reason")},
            "colour": ["#0f766e"],
            "emblem": ["star"],
            "fields": [{"thing1": "活动名称", "date2": "日期"}],
            "field_values": [{"thing1": "{nickname}，全场八折", "date2": "{date}"}],
            "enums": [{}],
            "occurred_at": [self.now.isoformat()],
            "bill_fen": [100, 5_000],
            "discount_fen": [0],
            "lines": [[]],
            "buyer": [{"phone": "13800138000"}, {"external_id": "b-1"}],
            "points": [1, 5],
            "amount_fen": [1, 2],
            "channel": ["fuzz"],
            "tier_code": ["gold"],
            # Of an earning rule, of a coupon.
            "terms": [
                {"kind": "fixed", "amount": 5},
                {"kind": "amount_off", "value_fen": 1000, "min_spend_fen": 5000, "valid_days": 30},
            ],
            **{field: [None] for field in ("starts_at", "ends_at", "at")},
            "claim_starts_at": [self.now.isoformat()],
            "claim_ends_at": [tomorrow.isoformat()],
            "scheduled_at": [tomorrow.isoformat()],
            "kind": ["one_off", "supplier"],
            **{field: [None] for field in ("coupon_batch_id", "days_before", "sends_per_second")},
            "name_en": ["Name"],
            "growth_threshold": [10_000_000 + next(self._numbers)],
            "stock": [10],
            "budget_fen": [1_000_000],
            "per_day_limit": [0],
            "how": ["claim"],
            "points_price": [None, PRICE],
            "clerk_can_issue": [False],
            "conditions": [{}],
            "member_list_id": [None],
            "segment_id": [None],
            "latest_start_at": [(tomorrow + timedelta(hours=1)).isoformat()],
            **plans.words(now=self.now),
            "login_code": [self._login_code() for _ in range(20)],
            "phone_code": [self._phone_code() for _ in range(20)],
        }

    def _login_code(self) -> str:
        code = f"login-{next(self._numbers)}"
        self.wechat.add_login_code(code, f"o-fuzz-{code}")
        return code

    def _phone_code(self) -> str:
        number = next(self._numbers)
        self.wechat.add_phone_code(f"phone-{number}", f"+86137{number:08d}")
        return f"phone-{number}"

    def settle(self, value: Any, name: str = "") -> Any:
        """The same shape, with known values in most places whose name has some."""
        if name in self.known and self.chance.random() < FAMILIAR:
            return self.chance.choice(self.known[name])
        if isinstance(value, dict):
            return {key: self.settle(one, key) for key, one in value.items()}
        if isinstance(value, list):
            return [self.settle(one) for one in value]
        return value
