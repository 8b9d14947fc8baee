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
from .http import HttpWeChat
from .outcomes import SendOutcome
from .port import Lang, SignIn, TemplateInfo, Verdict, WeChatGateway
from .push import PushReceiver
from .push_events import PushEvent, PushItem
from .recording import RecordingWeChat

__all__ = [
    "HttpWeChat",
    "Lang",
    "PushEvent",
    "PushItem",
    "PushReceiver",
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
