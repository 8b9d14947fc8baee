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
from .official import Follower, HttpOfficialAccount, OfficialAccount
from .outcomes import SendOutcome
from .port import Lang, SignIn, TemplateInfo, Verdict, WeChatGateway
from .push import PushReceiver
from .push_events import PushEvent, PushItem
from .recording import RecordingWeChat
from .recording_official import RecordingOfficial

__all__ = [
    "Follower",
    "HttpOfficialAccount",
    "HttpWeChat",
    "Lang",
    "OfficialAccount",
    "PushEvent",
    "PushItem",
    "PushReceiver",
    "PushRefused",
    "RecordingOfficial",
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
