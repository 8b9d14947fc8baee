"""Members reachable by more than one channel, and channels that answer what a test tells them to."""

import itertools
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import text

from app.actor import Actor
from app.extensions import db
from app.gateways.channels import Letter
from app.gateways.departure import Go, Steps, at_once, not_in_steps
from app.gateways.wechat import SendOutcome, outcomes
from app.models import Campaign, Delivery, Member, MessageTemplate, MessageTopic
from app.services import contacts, official_followers, template_channels
from app.wiring import parts
from tests.conftest import NOON
from tests.factories.members import make_member
from tests.factories.messages import accept, make_message_template

OA_APP_ID = "wxofficial00000001"
_numbers = itertools.count(1)


@dataclass
class ToldChannel:
    """Implements Channel: keeps the letters, answers from `programmed`, then what `decide` says, then yes."""

    letters: list[Letter] = field(default_factory=list)
    programmed: deque[SendOutcome] = field(default_factory=deque)
    decide: Callable[[Letter], SendOutcome] | None = None

    def send(self, letter: Letter, *, go: Go = at_once) -> SendOutcome:
        if not go():
            return outcomes.no_slot()
        self.letters.append(letter)
        if self.programmed:
            return self.programmed.popleft()
        return self.decide(letter) if self.decide else SendOutcome(status="ok", msgid=next(_numbers))

    def in_steps(self, letter: Letter) -> Steps[SendOutcome | None]:
        return not_in_steps()


def order_channels(topic: str, channels: Sequence[str], *, is_marketing: bool | None = None) -> None:
    """The topic's channels in turn."""
    row = db.session.get_one(MessageTopic, topic)
    row.channels = list(channels)
    row.is_marketing = row.is_marketing if is_marketing is None else is_marketing
    db.session.flush()


def make_spoken_template(**changes: object) -> MessageTemplate:
    """With a text on every channel."""
    template = make_message_template(**changes)
    texts: dict[str, dict[str, object]] = {
        "oa_template": {"external_template_id": "OA_1", "fields": {"thing1": "{thing1}", "time2": "{date}"}},
        "sms": {"external_template_id": "SMS_1", "fields": {"what": "{thing1}"}},
        "email": {"subject": "{shop}：{thing1}", "body": "{nickname}，您好：\n{thing1}（{date2}）"},
    }
    for channel, text_ in texts.items():
        values = {"external_template_id": None, "subject": None, "body": None, "fields": {}, **text_}
        template_channels.write(template, channel, actor=Actor.system(), now=NOON, **values)  # type: ignore[arg-type]
    return template


def give_email(member: Member, address: str | None = None, *, now: datetime = NOON) -> str:
    """A proven address of the member."""
    address = address or f"member{next(_numbers)}@example.com"
    sealed = contacts.seal(address, vault=parts().vault)
    contacts.ask(member.id, sealed, code_hash=b"c" * 32, now=now)
    assert contacts.prove(member.id, code_hash=b"c" * 32, actor=Actor.system(), now=now) == "proven"
    return address


def make_follower(unionid: str, *, now: datetime = NOON) -> str:
    """Somebody of that UnionID follows the official account; their OpenID there."""
    openid = f"oa-{next(_numbers)}"
    official_followers.follow(openid, app_id=OA_APP_ID, followed_at=now)
    official_followers.record_look_up(openid, app_id=OA_APP_ID, follows=True, unionid=unionid, now=now)
    return openid


def make_everywhere(template: MessageTemplate, *, now: datetime = NOON) -> Member:
    """Reachable by all four channels."""
    number = next(_numbers)
    member = make_member(unionid=f"u-{number}", phone=f"+861390000{number:04d}", marketing=True, now=now)
    accept(member, template, now=now)
    make_follower(f"u-{number}", now=now)
    give_email(member, now=now)
    return member


def plan(campaign: Campaign, member: Member, *, channel: str = "subscribe", now: datetime = NOON) -> Delivery:
    """A planned row as the expansion writes it."""
    db.session.execute(
        text(
            "INSERT INTO delivery (campaign_id, occurrence, member_id, state, channel, message_template_id, due_at, attempts,"
            " awaiting_event) VALUES (:campaign, '0', :member, 'planned', :channel, :template, :now, 0, false)"
            " ON CONFLICT (campaign_id, occurrence, member_id) DO UPDATE"
            " SET state = 'planned', channel = :channel, reason = NULL, finished_at = NULL"
        ),
        {
            "campaign": campaign.id,
            "member": member.id,
            "channel": channel,
            "template": campaign.message_template_id,
            "now": now,
        },
    )
    return db.session.get_one(Delivery, (campaign.id, "0", member.id), populate_existing=True)
