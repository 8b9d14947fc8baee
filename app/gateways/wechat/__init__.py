"""WeChat: the only package that imports wechatpy. `HttpWeChat` speaks to it, `RecordingWeChat` is the tests' fake."""

from .failures import (
    PushRefused,
    WeChatCodeRefused,
    WeChatRejected,
    WeChatRequestInvalid,
    WeChatTalkedNonsense,
    WeChatUnavailable,
    WeChatUserBlocked,
)
from .outcomes import SendOutcome
from .port import Lang, SignIn, TemplateInfo, Verdict, WeChatGateway
from .recording import RecordingWeChat

__all__ = [
    "Lang",
    "PushRefused",
    "RecordingWeChat",
    "SendOutcome",
    "SignIn",
    "TemplateInfo",
    "Verdict",
    "WeChatCodeRefused",
    "WeChatGateway",
    "WeChatRejected",
    "WeChatRequestInvalid",
    "WeChatTalkedNonsense",
    "WeChatUnavailable",
    "WeChatUserBlocked",
]
