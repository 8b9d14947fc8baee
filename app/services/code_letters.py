"""The letter that carries a code to an address that is to be proven. It is asked for, so nothing in it needs consent."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from app.services import contacts
from app.services.contacts import Sealed

_SUBJECT: Final = {"zh_CN": "{shop}：邮箱验证码", "en": "{shop}: your code"}
_TEXT: Final = {
    "zh_CN": "您的邮箱验证码是 {code}，15 分钟内有效。\n如非本人操作，请忽略此邮件。",
    "en": "Your code is {code}. It is good for 15 minutes.\nIf you did not ask for it, ignore this letter.",
}
# Characters of a repeat key.
KEY_LENGTH: Final = 32


@dataclass(frozen=True, kw_only=True)
class CodeLetter:
    """One letter as a channel takes it."""

    sealed: bytes = field(repr=False)
    sealed_for: str
    subject: str
    text: str = field(repr=False)
    lang: str
    repeat_key: str
    address: str = ""
    template_id: str = ""
    page: str = ""
    data: Mapping[str, str] = field(default_factory=dict)
    # Nothing to end: it was asked for.
    subscription: str = ""


def write(sealed: Sealed, *, code: str, shop: str, locale: str, code_hash: bytes) -> CodeLetter:
    """The letter in the member's language; its key is drawn from the code, which is another each time."""
    language = "en" if locale == "en" else "zh_CN"
    return CodeLetter(
        sealed=sealed.cipher,
        sealed_for=contacts.cipher_context(contacts.EMAIL, sealed.index),
        subject=_SUBJECT[language].format(shop=shop),
        text=_TEXT[language].format(code=code),
        lang="en_US" if locale == "en" else "zh_CN",
        repeat_key=hashlib.sha256(code_hash + sealed.index).hexdigest()[:KEY_LENGTH],
    )
