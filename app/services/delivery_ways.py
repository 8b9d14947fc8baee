"""The ways to one member, as the row read at dispatch tells them, and what the message looks like on the one chosen.

An address that is kept encrypted leaves here as it is kept: the channel itself opens it, in the moment of sending."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from app.rules import channel_text
from app.rules.channel_choice import SUBSCRIBE, Ways
from app.services import contacts, phones
from app.services.delivery_sheets import Sheet

OFFICIAL, SMS, EMAIL = "oa_template", "sms", "email"
# WeChat's own: their events tell what became of a message.
WITH_EVENTS: Final = frozenset({SUBSCRIBE, OFFICIAL})
# Characters of WeChat's client_msg_id.
REPEAT_KEY_LENGTH: Final = 32


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A message as its channel shows it. `address` is WeChat's OpenID; `sealed` an address still encrypted."""

    address: str = field(default="", repr=False)
    sealed: bytes = field(default=b"", repr=False)
    sealed_for: str = ""
    template_id: str = ""
    page: str = ""
    data: Mapping[str, str] = field(default_factory=dict)
    subject: str = ""
    text: str = ""


def ways_of(row: Any, sheet: Sheet) -> Ways:
    """What is known of this member's channels."""
    addresses = {
        SUBSCRIBE: row.openid,
        OFFICIAL: row.official_openid,
        SMS: row.phone_cipher,
        EMAIL: row.email_cipher,
    }
    return Ways(
        order=sheet.order,
        ready=sheet.ready,
        reachable=frozenset(channel for channel, address in addresses.items() if address),
        switched_off=frozenset(row.switched_off),
        tried=frozenset(row.tried_channels),
        grants=row.grants,
    )


def open_since(row: Any) -> dict[str, datetime]:
    """Channels on which a message to this person and template is still open."""
    found = {SUBSCRIBE: row.open_since, OFFICIAL: row.official_open_since}
    return {channel: at for channel, at in found.items() if at is not None}


def show(channel: str, row: Any, sheet: Sheet, *, data: Mapping[str, str], personal: Mapping[str, str]) -> Shown:
    """The message on one channel; `data` are its filled fields. Errors: MessageFieldsInvalid."""
    if channel == SUBSCRIBE:
        return Shown(
            address=row.openid, template_id=sheet.wechat_template_id, page=sheet.wording(row.variant).page, data=data
        )
    text = sheet.texts[channel]
    values = {**personal, **data}
    if channel == OFFICIAL:
        filled = channel_text.fill_official(text.fields, values)
        return Shown(
            address=row.official_openid, template_id=text.template_id, page=sheet.wording(row.variant).page, data=filled
        )
    if channel == SMS:
        return Shown(
            sealed=row.phone_cipher,
            sealed_for=phones.cipher_context(row.phone_index),
            template_id=text.template_id,
            data=channel_text.fill_sms(text.fields, values),
        )
    subject, body = channel_text.fill_email(text.subject, text.body, values)
    return Shown(
        sealed=row.email_cipher, sealed_for=contacts.cipher_context(EMAIL, row.email_index), subject=subject, text=body
    )


def repeat_key(campaign_id: int, occurrence: str, member_id: int) -> str:
    """The same for every try of one delivery and for no other: what a channel that drops repeats knows it by."""
    name = f"delivery:{campaign_id}:{occurrence}:{member_id}"
    return hashlib.sha256(name.encode()).hexdigest()[:REPEAT_KEY_LENGTH]
