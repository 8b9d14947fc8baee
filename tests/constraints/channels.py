"""What refuses wrong texts, addresses, codes and followers of message channels."""

from tests.constraints.channel_rows import channel_text, contact, contact_code, follower
from tests.constraints.rows import BERT, DORA
from tests.constraints.violation import NOBODY, Sql, Value, Violation, insert, refused

OTHER_INDEX = Sql("decode('01', 'hex')")


def _text(**changes: Value) -> Violation:
    return refused(insert("message_template_channel", channel_text(**{"channel": "email", **changes})))


def _contact(**changes: Value) -> Violation:
    return refused(insert("member_contact", contact(**{"member_id": BERT, "value_index": OTHER_INDEX, **changes})))


def _code(**changes: Value) -> Violation:
    return refused(insert("contact_code", contact_code(**{"member_id": BERT, **changes})))


def _follower(**changes: Value) -> Violation:
    return refused(insert("official_follower", follower(**{"openid": "oa-2", **changes})))


SMS: dict[str, Value] = {"channel": "sms", "external_template_id": "x", "subject": None, "body": None}

VIOLATIONS = {
    "ck_message_template_channel_channel_known": _text(**{**SMS, "channel": "pigeon"}),
    "ck_message_template_channel_text_fits_channel": _text(subject=None),
    "fk_message_template_channel_message_template": _text(message_template_id=NOBODY),
    "pk_message_template_channel": refused(*_text().statements, *_text().statements),
    "ck_member_contact_kind_known": _contact(kind="fax"),
    "fk_member_contact_member_id_member": _contact(member_id=NOBODY),
    "pk_member_contact": refused(*_contact().statements, *_contact(value_index=Sql("decode('02', 'hex')")).statements),
    "uq_member_contact_kind_value_index": refused(*_contact().statements, *_contact(member_id=DORA).statements),
    "ck_contact_code_kind_known": _code(kind="fax"),
    "ck_contact_code_tries_range": _code(tries=6),
    "fk_contact_code_member_id_member": _code(member_id=NOBODY),
    "pk_contact_code": refused(*_code().statements, *_code().statements),
    "pk_official_follower": refused(*_follower().statements, *_follower().statements),
}
UNCHANGED = (_text(), _text(**SMS), _contact(), _code(tries=5), _follower())
