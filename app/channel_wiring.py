"""Which channels this installation has, from the configuration: without its settings a channel is simply not there."""

from collections.abc import Callable
from typing import cast

from app.gateways.channels import (
    Channel,
    EmailChannel,
    Mailer,
    OfficialChannel,
    RecordingMailer,
    SmsChannel,
    SmtpMailer,
    SmtpSettings,
    SubscribeChannel,
    load_provider,
)
from app.gateways.channels.smtp import Security
from app.gateways.vault import Vault
from app.gateways.wechat import OfficialAccount, WeChatGateway
from config import Config

# Before anything is configured: what a recording mailer writes as its sender.
NOBODY = "Huitou <nobody@localhost>"


def build(
    config: Config, vault: Vault, *, wechat: Callable[[], WeChatGateway], official: Callable[[], OfficialAccount | None]
) -> dict[str, Channel]:
    """Channels by the name a delivery knows them by. The gateways are looked up at each call, so that a test may replace them.

    Errors: ValueError for an SMS provider that cannot be loaded."""
    channels: dict[str, Channel] = {"subscribe": SubscribeChannel(wechat)}
    if config.wechat_oa_appid:
        channels["oa_template"] = OfficialChannel(cast(Callable[[], OfficialAccount], official))
    if config.sms_provider:
        channels["sms"] = SmsChannel(load_provider(config.sms_provider), vault)
    if config.email_provider:
        sender = config.email_from or NOBODY
        channels["email"] = EmailChannel(_mailer(config), vault, sender=sender, public_url=config.public_url)
    return channels


def _mailer(config: Config) -> Mailer:
    if config.email_provider == "recording":
        return RecordingMailer()
    return SmtpMailer(
        SmtpSettings(
            host=config.smtp_host,
            port=config.smtp_port,
            user=config.smtp_user,
            password=config.smtp_password,
            security=cast(Security, config.smtp_security),
        )
    )
