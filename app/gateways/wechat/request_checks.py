"""Refuses, before any call, what WeChat would refuse or cut: each call costs quota, and a code is permanent."""

import re
from typing import Final

from .failures import WeChatRequestInvalid

# Source: getUnlimitedQRCode. No "%", so nothing url-encoded and no Chinese.
_SCENE: Final = re.compile(r"[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]{1,32}")
_RESERVED_SCENE: Final = "scancode_time"
_PAGE: Final = re.compile(r"[0-9A-Za-z_\-]+(/[0-9A-Za-z_\-]+)*")
PAGE_CHARACTERS: Final = 128
CODE_WIDTH_PIXELS: Final = range(280, 1281)
TEXT_CHARACTERS: Final = 2500
TEXT_SCENES: Final = range(1, 5)


def check_code_request(*, scene: str, page: str, width: int) -> None:
    """Errors: WeChatRequestInvalid naming the field."""
    if not _SCENE.fullmatch(scene):
        raise WeChatRequestInvalid(field="scene", reason="1-32 of digits, letters and !#$&'()*+,/:;=?@-._~")
    if scene.startswith(_RESERVED_SCENE):
        raise WeChatRequestInvalid(field="scene", reason="scancode_time is reserved by WeChat")
    if len(page) > PAGE_CHARACTERS or not _PAGE.fullmatch(page):
        raise WeChatRequestInvalid(field="page", reason="a page path without leading slash and query")
    if width not in CODE_WIDTH_PIXELS:
        raise WeChatRequestInvalid(field="width", reason="280 to 1280 pixels")


def check_text_request(*, content: str, scene: int) -> None:
    """Errors: WeChatRequestInvalid naming the field."""
    if not content.strip():
        raise WeChatRequestInvalid(field="content", reason="empty")
    if len(content) > TEXT_CHARACTERS:
        raise WeChatRequestInvalid(field="content", reason="at most 2,500 characters")
    if scene not in TEXT_SCENES:
        raise WeChatRequestInvalid(field="scene", reason="1 profile, 2 comment, 3 forum, 4 social log")
