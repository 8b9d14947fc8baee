"""What channels need in the made-up shop: a code on its way to the member, texts of the template, a mail server that says yes."""

from datetime import datetime
from typing import Any

from app.actor import Actor
from app.gateways.channels import EmailChannel, RecordingMailer
from app.models import Member, MessageTemplate
from app.services import contacts, template_channels
from app.wiring import parts

CODE = "123456"


def open_box() -> None:
    """Letters go nowhere and are taken."""
    channel = EmailChannel(RecordingMailer(), parts().vault, sender="Shop <news@shop.example>", public_url="https://x")
    parts().channels["email"] = channel


def stock(person: Member, template: MessageTemplate, *, number: int, now: datetime) -> dict[str, list[Any]]:
    """Make them; values that mean something, by name of their field."""
    vault = parts().vault
    code_hash = vault.blind_index(f"{person.id}:{CODE}", purpose="contact.code")
    contacts.ask(person.id, contacts.seal(f"fuzz{number}@example.com", vault=vault), code_hash=code_hash, now=now)
    template_channels.write(
        template,
        "email",
        external_template_id=None,
        subject="{shop}",
        body="{thing1}",
        fields={},
        actor=Actor.system(),
        now=now,
    )
    template_channels.write(
        template,
        "sms",
        external_template_id="SMS_1",
        subject=None,
        body=None,
        fields={"what": "{thing1}"},
        actor=Actor.system(),
        now=now,
    )
    return {
        "email_code": [CODE],
        "email": [f"fuzz{number}-{i}@example.com" for i in range(40)],
        "external_template_id": ["SMS_2"],
        "subject": ["{shop}：{thing1}"],
        "body": ["{nickname}，您好：\n{thing1}"],
        "text_channel": ["email", "sms", "oa_template", "sms"],
    }
