"""Opens the envelope of a push: XML or JSON, and the AES layer of the secure mode. Whatever goes wrong inside becomes
one coded refusal."""

import binascii
import json
import struct
from collections.abc import Mapping
from typing import Any
from xml.parsers.expat import ExpatError

import xmltodict
from wechatpy.crypto import WeChatCrypto
from wechatpy.exceptions import WeChatException

from app.gateways.vault import equal

from .failures import PushRefused
from .push_signature import signature

AES_KEY_CHARACTERS = 43


def parse_body(body: bytes | str, content_type: str) -> dict[str, Any]:
    """The body as a flat object, without XML's root element. Errors: PushRefused."""
    try:
        text = body.decode("utf-8") if isinstance(body, bytes) else body
        # WeChat's Content-Type is not reliable, and the inner message has none: the first character decides.
        if text.lstrip()[:1] == "{" or ("json" in content_type and "<" not in text[:1]):
            found = json.loads(text, strict=False)
        else:
            # xmltodict refuses entities, so neither expansion bombs nor external files are possible.
            found = xmltodict.parse(text, disable_entities=True).get("xml")
    except (ValueError, ExpatError, RecursionError, AttributeError):
        found = None
    if not isinstance(found, dict):
        raise PushRefused(reason="unreadable")
    return found


class Cipher:
    """The secure mode, on wechatpy's cipher."""

    def __init__(self, *, token: str, aes_key: str, appid: str) -> None:
        """Errors: ValueError when the key is not the EncodingAESKey."""
        try:
            if len(aes_key) != AES_KEY_CHARACTERS:
                raise ValueError
            self._crypto = WeChatCrypto(token, aes_key, appid)
        except (ValueError, AssertionError, binascii.Error):
            raise ValueError("The push AES key must be WeChat's EncodingAESKey of 43 characters") from None
        self._token = token

    def open(self, outer: Mapping[str, Any], args: Mapping[str, str]) -> str:
        """The inner message. Errors: PushRefused."""
        sealed = outer.get("Encrypt")
        stamp, nonce = args.get("timestamp", ""), args.get("nonce", "")
        given = args.get("msg_signature", "")
        if not isinstance(sealed, str) or not equal(signature(self._token, stamp, nonce, sealed), given):
            raise PushRefused(reason="signature")
        try:
            # struct.error, padding, base64, appid, UTF-8: the cipher has many ways to fail on forged bytes.
            return str(self._crypto.decrypt_message({"Encrypt": sealed}, given, stamp, nonce))
        except (WeChatException, ValueError, LookupError, struct.error) as error:
            kind = type(error).__name__
        raise PushRefused(reason=f"undecipherable_{kind}" if kind == "InvalidAppIdException" else "undecipherable")
