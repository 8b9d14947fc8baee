"""The ways a message reaches a member, all behind one interface: `Channel.send(letter)` answers with a SendOutcome."""

from .email import EmailChannel, Mailer, RecordingMailer, read_unsubscribe_token, unsubscribe_token
from .official import OfficialChannel
from .port import Channel, Letter
from .sms import RecordingSms, SmsChannel, SmsProvider, load_provider
from .smtp import SmtpMailer, SmtpSettings
from .subscribe import SubscribeChannel

__all__ = [
    "Channel",
    "EmailChannel",
    "Letter",
    "Mailer",
    "OfficialChannel",
    "RecordingMailer",
    "RecordingSms",
    "SmsChannel",
    "SmsProvider",
    "SmtpMailer",
    "SmtpSettings",
    "SubscribeChannel",
    "load_provider",
    "read_unsubscribe_token",
    "unsubscribe_token",
]
