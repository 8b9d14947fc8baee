"""What coupons need in the made-up shop: codes, gifts, runs, exchanges, automations, payers."""

import itertools
import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from app.actor import Actor
from app.extensions import db
from app.gateways import vault as vaults
from app.models import CouponBatch, CouponCodeRun, Member
from app.rules import coupon_code
from app.services import (
    coupon_automations,
    coupon_code_runs,
    coupon_exchanges,
    coupon_transfers,
    issue_runs,
    message_topics,
    programmes,
    revocations,
    settlements,
    subscription_scenes,
)
from tests.factories.codes import make_codes, share
from tests.factories.coupons import give_coupon, make_batch
from tests.factories.issue_runs import issue_batch, make_list, make_run, marketer
from tests.factories.members import make_member
from tests.factories.messages import make_message_template
from tests.factories.payers import make_payer

# Of a coupon in the exchange shop.
PRICE = 5


@dataclass
class Shelves:
    """Where what was made is written down: keys by name, and values that mean something."""

    ids: dict[str, list[Any]]
    known: dict[str, list[Any]]
    now: datetime
    chance: random.Random
    numbers: "itertools.count[int]"

    def fill(self, person: Member, *, issued: CouponBatch, exchanged: CouponBatch) -> None:
        """Everything coupons need, of the member and of the two batches."""
        self.ids["exchange_id"] = [self._exchanged(person, exchanged) for _ in range(4)]
        self.ids["automation_id"] = [self._automation(issued) for _ in range(2)]
        self._share(person)
        self._agree()
        self._issue_to_many(person)
        self._listen()

    def _exchanged(self, person: Member, batch: CouponBatch) -> str:
        done = coupon_exchanges.exchange(
            person.id, batch_public_id=batch.public_id, points_price=PRICE, key=str(next(self.numbers)), now=self.now
        )
        return str(done.exchange.public_id)

    def _automation(self, batch: CouponBatch) -> str:
        made = coupon_automations.create(
            name=f"自动发券 {next(self.numbers)}",
            event="anniversary",
            batch_public_id=batch.public_id,
            conditions={},
            starts_at=None,
            ends_at=None,
            actor=Actor.system(),
            now=self.now,
        )
        return str(made.public_id)

    def _share(self, person: Member) -> None:
        """Codes made, used, ordered and handed in; coupons to give, on their way, and from friends."""
        for open_run in db.session.scalars(select(CouponCodeRun).where(CouponCodeRun.ended_at.is_(None))):
            coupon_code_runs.cancel(open_run.public_id, actor=Actor.system(), now=self.now)
        batch = make_batch(how="code", stock=1_000_000, per_member_limit=100)
        done, printed = make_codes(40, batch=batch)
        planned = [
            coupon_code_runs.plan(batch.public_id, wanted=2, actor=Actor.system(), now=self.now) for _ in range(3)
        ]
        friend = make_member()
        tokens = [share(friend, give_coupon(friend, transferable=True).public_id) for _ in range(6)]
        mine = [give_coupon(person, transferable=True) for _ in range(6)]
        self.ids["coupon_id"] += [one.public_id for one in mine]
        self.ids["batch_id"] += [batch.public_id]
        self.ids["code_run_id"] = [run.public_id for run in (done, *planned)]
        self.ids["transfer_id"] = [
            coupon_transfers.offer(
                person.id, coupon=one.public_id, token_hash=vaults.token_hash(vaults.new_token()), now=self.now
            ).public_id
            for one in mine[:4]
        ]
        # Without dashes and in small letters: that is also a code for a rule or a store.
        plain = [code.replace("-", "").lower() for code in printed]
        self.known |= {
            "code": [code for code in plain if code[0].isalpha()],
            "codes": [[coupon_code.of_number(self.chance.getrandbits(coupon_code.BITS))] for _ in range(40)],
            "csv": [None],
            "wanted": [1, 2, 3],
            "token": tokens,
        }

    def _agree(self) -> None:
        """Payers nothing was settled with yet, and a settled period of another."""
        self.ids["payer_id"] = [make_payer().public_id for _ in range(3)]
        first_on, until_on = (programmes.business_date(self.now) - timedelta(days=days) for days in (12, 5))
        settled = settlements.close(
            make_payer().public_id, first_on=first_on, until_on=until_on, actor=Actor.system(), now=self.now
        )
        self.ids["settlement_id"] = [settled.settlement.public_id]
        self.known |= {
            "first_on": [first_on.isoformat()],
            "until_on": [until_on.isoformat()],
            "payer_share_bp": [3_333],
        }

    def _issue_to_many(self, person: Member) -> None:
        """Runs to stop and go on with, a list, and copies taken back that may come back."""
        batch = issue_batch(stock=1_000_000, per_member_limit=100, now=self.now)
        runs = [make_run(batch, now=self.now) for _ in range(4)]
        for run in runs[2:]:
            issue_runs.pause(run.public_id, actor=marketer(), now=self.now)
        taken = [
            revocations.revoke_one(give_coupon(person).public_id, reason="x", actor=marketer(), now=self.now)
            for _ in range(3)
        ]
        self.ids["run_id"] = [run.public_id for run in runs]
        self.ids["revocation_id"] = [row.public_id for row in taken]
        self.ids["listed_id"] = [make_list([person], now=self.now).public_id]
        self.known |= {
            "audience": ["everyone"],
            "tiers": [[]],
            "member_list_id": [None],
            "members": [[str(person.public_id), "13800138000"]],
            "expected": [1_000],
        }

    def _listen(self) -> None:
        """A topic of its own to change, and a scene."""
        topic = f"fuzz_{next(self.numbers)}"
        values = {"code": topic, "name": "主题", "name_en": "Topic", "is_marketing": False, "is_required": False}
        values |= {"cool_off_days": 0, "channels": ["subscribe"]}
        message_topics.create(values, actor=Actor.system(), now=self.now)
        template = make_message_template()
        subscription_scenes.put("home", {template.public_id: 10}, actor=Actor.system(), now=self.now)
        self.known |= {
            "topic_code": [topic],
            "topic": ["promotion", "coupon", topic],
            "scene": ["home"],
        }
