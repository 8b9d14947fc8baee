"""Taps, reports, switches and sends at random, each told late, twice or out of turn, beside a model in a few lines.

WeChat's events come as XML or JSON, a replay perhaps in the other format. Sends go the whole way of a lane."""

import itertools
import json
import random
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, text

from app.extensions import db
from app.gateways.wechat import RecordingWeChat, SendOutcome, outcomes
from app.gateways.wechat.push_envelope import parse_body
from app.gateways.wechat.push_events import PushEvent, read_event
from app.models import Campaign, Delivery, Member, MessageTemplate, SubscriptionGrant, SubscriptionGrantEntry
from app.services import message_templates, subscription_grants, wechat_events
from app.statements.verify.messages import CHECKS
from app.wiring import parts
from jobs.drain_lane import Turn
from tests.conftest import Clock
from tests.factories.members import make_member
from tests.factories.messages import make_message_template, make_running

MEMBERS, TEMPLATES = 8, 3
# A word about a tap comes within so many steps; a replay of it within so many more.
LATE, REPLAYED_LATER = 5, 40
SECONDS_A_STEP = 20
# Steps between two campaigns, and how many a lane still works on.
SEND_EVERY, OPEN_CAMPAIGNS = 15, 2

Key = tuple[int, int]


@dataclass
class Model:
    """What must be left, by (member, template): accepts − sends, told in plain dictionaries."""

    left: "defaultdict[Key, int]" = field(default_factory=lambda: defaultdict(int))
    heard: set[tuple[Any, ...]] = field(default_factory=set)
    # Accepts one witness told of alone, oldest first.
    alone: "defaultdict[Key, list[tuple[str, datetime]]]" = field(default_factory=lambda: defaultdict(list))

    def is_new(self, *word: Any) -> bool:
        """False for a replay."""
        if word in self.heard:
            return False
        self.heard.add(word)
        return True

    def accept(self, key: Key, witness: str, *, at: datetime) -> None:
        """One witness tells of an accept."""
        since = at - subscription_grants.SAME_TAP_WINDOW
        for one in self.alone[key]:
            if one[0] != witness and one[1] >= since:
                self.alone[key].remove(one)
                return
        if witness == "client" and self.left[key] >= subscription_grants.MOST_FROM_REPORTS:
            return
        self.left[key] += 1
        self.alone[key].append((witness, at))


class Story:
    """One run. `both`: every tap is told by both witnesses and nothing is switched off, so that taps − sends is exact."""

    def __init__(self, clock: Clock, wechat: RecordingWeChat, *, seed: int, both: bool = False) -> None:
        self.clock, self.wechat, self.both = clock, wechat, both
        self.chance = random.Random(seed)
        self.model = Model()
        self.events: Counter[str] = Counter()
        self.taps: Counter[Key] = Counter()
        self.sends: Counter[Key] = Counter()
        db.session.execute(
            text(
                "UPDATE programme SET quiet_from = '00:00', quiet_until = '00:00', messages_per_day = 1000000,"
                " messages_per_week = 1000000, messages_per_month = 1000000"
            )
        )
        db.session.expire_all()
        self.templates = [make_message_template() for _ in range(TEMPLATES)]
        self.members = [make_member(openid=f"o-story-{n}", marketing=True) for n in range(MEMBERS)]
        self._by_openid = {f"o-story-{n}": member.id for n, member in enumerate(self.members)}
        self._by_wechat_id = {one.wechat_template_id: one.id for one in self.templates}
        self._campaigns: list[Campaign] = []
        self._coming: defaultdict[int, list[Any]] = defaultdict(list)
        self._step = 0
        self._numbers = itertools.count(1)
        wechat.on_send = self._on_send

    @property
    def total(self) -> int:
        """Events so far, replays among them."""
        return sum(self.events.values())

    def go_on(self) -> None:
        """One step: time passes, something happens, and what was under way arrives."""
        self._step += 1
        self.clock.move(seconds=self.chance.randrange(1, SECONDS_A_STEP))
        for _ in range(self.chance.randrange(1, 6)):
            self._happen()
        if self._step % SEND_EVERY == 0:
            self._send()
        self._arrive(self._coming.pop(self._step, []))

    def come_to_an_end(self) -> None:
        """Everything under way arrives."""
        for step in sorted(self._coming):
            self._arrive(self._coming.pop(step))

    def ledger(self) -> dict[Key, int]:
        """What the database says is left; the entries must add up to it."""
        grants = select(SubscriptionGrant.member_id, SubscriptionGrant.message_template_id, SubscriptionGrant.remaining)
        rows = {(row[0], row[1]): int(row[2]) for row in db.session.execute(grants)}
        entries = select(
            SubscriptionGrantEntry.member_id,
            SubscriptionGrantEntry.message_template_id,
            func.sum(SubscriptionGrantEntry.delta),
        ).group_by(SubscriptionGrantEntry.member_id, SubscriptionGrantEntry.message_template_id)
        sums = {(row[0], row[1]): int(row[2]) for row in db.session.execute(entries)}
        assert {key: n for key, n in rows.items() if n} == {key: n for key, n in sums.items() if n}
        assert db.session.execute(text(CHECKS["I11_grants"][1])).all() == []
        return {key: n for key, n in rows.items() if n}

    def _happen(self) -> None:
        member, asked = (
            self.chance.choice(self.members),
            self.chance.sample(self.templates, self.chance.randrange(1, 4)),
        )
        if not self.both and self.chance.random() < 0.03:
            self._later(
                self._event("change", member, [(one, self.chance.choice(["reject", "accept"])) for one in asked])
            )
            return
        answers = [(one, self.chance.choice(["accept", "accept", "accept", "reject", "ban"])) for one in asked]
        witnesses = (
            ("event", "client")
            if self.both
            else self.chance.choice((("event", "client"), ("client", "event"), ("event",), ("client",)))
        )
        for one, answer in answers:
            self.taps[member.id, one.id] += answer == "accept"
        for witness in witnesses:
            if witness == "event":
                self._later(self._event("popup", member, answers))
            else:
                self._later(("report", member, f"r-{next(self._numbers)}", answers))

    def _later(self, word: Any) -> None:
        """It comes late, perhaps again later still."""
        due = self._step + self.chance.randrange(LATE)
        self._coming[due if due > self._step else self._step].append(word)
        while self.chance.random() < 0.3:
            due += self.chance.randrange(1, REPLAYED_LATER)
            self._coming[due].append(word)

    def _arrive(self, words: list[Any]) -> None:
        self.chance.shuffle(words)
        for kind, *rest in words:
            self.events[kind] += 1
            if kind == "report":
                self._report(*rest)
            else:
                self._push(*rest)

    def _report(self, member: Member, report_id: str, answers: list[tuple[MessageTemplate, str]]) -> None:
        accepted = [one.wechat_template_id for one, answer in answers if answer == "accept"]
        message_templates.report_accepts(member.id, report_id=report_id, accepted=accepted, now=self.clock.now)
        for one, answer in answers:
            if answer == "accept" and self.model.is_new("client", member.id, one.id, report_id):
                self.model.accept((member.id, one.id), "client", at=self.clock.now)

    def _push(self, kind: str, stamp: int, openid: str, items: list[dict[str, str]]) -> None:
        pushed = opened(kind, stamp, openid, items, as_xml=self.chance.random() < 0.5)
        took = wechat_events.receive(
            event=pushed.event,
            openid=openid,
            items=pushed.items,
            dedup_key=pushed.dedup_key,
            app_id=parts().config.wechat_appid,
            now=self.clock.now,
        )
        assert took == self.model.is_new("event", pushed.dedup_key)
        if not took or kind == "sent":
            return
        for item in pushed.items:
            key = (self._by_openid[openid], self._by_wechat_id[item["template_id"]])
            if kind == "popup" and item["status"] == "accept":
                self.model.accept(key, "event", at=self.clock.now)
            elif kind == "change" and item["status"] == "reject":
                self.model.left[key] = 0

    def _event(self, kind: str, member: Member, answers: list[tuple[MessageTemplate, str]]) -> tuple[Any, ...]:
        openid = f"o-story-{self.members.index(member)}"
        items = [
            {
                "TemplateId": one.wechat_template_id,
                "SubscribeStatusString": answer,
                "PopupScene": str(next(self._numbers)),
            }
            for one, answer in answers
        ]
        return kind, kind, int(self.clock.now.timestamp()), openid, items

    def _send(self) -> None:
        template = self.chance.choice(self.templates)
        self._campaigns = [*self._campaigns[1 - OPEN_CAMPAIGNS :], make_running(template, now=self.clock.now)]
        for campaign in self._campaigns:
            Turn(campaign.id, is_over=lambda: False).drain()
        self._settle()

    def _on_send(self, call: Any) -> SendOutcome | None:
        key = (self._by_openid[call.args["openid"]], self._by_wechat_id[call.args["template_id"]])
        self.events["send"] += 1
        # Nothing leaves without a permission.
        assert self.model.left[key] > 0
        self.model.left[key] -= 1
        self.sends[key] += 1
        outcome = self._outcome()
        if outcome is not None and outcome.not_sent:
            self.model.left[key] = 0 if outcome.errcode == 43101 else self.model.left[key] + 1
            self.sends[key] -= 1
        return outcome

    def _outcome(self) -> SendOutcome | None:
        dice = self.chance.random()
        if dice < 0.1:
            return outcomes.in_doubt("timeout")
        if dice < 0.2:
            return outcomes.refused(-1)
        if dice < 0.25:
            return outcomes.refused(40003)
        if dice < 0.35 and not self.both:
            return outcomes.refused(43101)
        return None

    def _settle(self) -> None:
        """WeChat's sent events, by which the next message of the same template may go."""
        waiting = db.session.execute(
            select(Delivery.openid, Delivery.msgid, MessageTemplate.wechat_template_id)
            .join(MessageTemplate, MessageTemplate.id == Delivery.message_template_id)
            .where(Delivery.awaiting_event)
            .order_by(Delivery.campaign_id, Delivery.member_id)
        ).all()
        for openid, msgid, template_id in waiting:
            item = {"TemplateId": template_id, "MsgID": str(msgid or next(self._numbers)), "ErrorCode": "0"}
            item["ErrorStatus"] = self.chance.choice(["success", "success", "failed:system failed"])
            self._later(("sent", "sent", int(self.clock.now.timestamp()), openid, [item]))


def opened(kind: str, stamp: int, openid: str, items: list[dict[str, str]], *, as_xml: bool) -> PushEvent:
    """The event as the push door reads it."""
    head = {"ToUserName": "gh_1", "FromUserName": openid, "CreateTime": stamp, "MsgType": "event"}
    head["Event"] = f"subscribe_msg_{kind}_event"
    if not as_xml:
        body = json.dumps({**head, "List": items if len(items) > 1 else items[0]})
        return read_event(parse_body(body, "application/json"))
    rows = "".join(f"<List>{_xml(item)}</List>" for item in items)
    wrapper = f"SubscribeMsg{kind.capitalize()}Event"
    return read_event(parse_body(f"<xml>{_xml(head)}<{wrapper}>{rows}</{wrapper}></xml>", "text/xml"))


def _xml(values: dict[str, Any]) -> str:
    return "".join(f"<{name}>{value}</{name}>" for name, value in values.items())
