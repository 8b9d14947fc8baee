"""Settings of channels: half of one is refused at the start, with the key to mend."""

import pytest

from app.channel_wiring import build
from app.gateways.channels import EmailChannel, RecordingMailer, RecordingSms, SmsChannel, SmtpMailer
from app.gateways.vault import Vault
from app.gateways.wechat import RecordingOfficial, RecordingWeChat
from config import Config, ConfigError
from tests.conftest import test_environment as environment_of

OFFICIAL = {
    "WECHAT_OA_APPID": "wxofficial00000001",
    "WECHAT_OA_SECRET": "oa-secret-1",
    "WECHAT_OA_PUSH_TOKEN": "oa-token",
    "WECHAT_OA_PUSH_AES_KEY": "D" * 43,
}
SMTP = {
    "EMAIL_PROVIDER": "smtp",
    "SMTP_HOST": "mail.shop.example",
    "EMAIL_FROM": "Shop <news@shop.example>",
    "PUBLIC_URL": "https://member.shop.example",
}
PRODUCTION = {"APP_ENV": "production", "WECHAT_BASE_URL": "https://api.weixin.qq.com"}


def config(**changes: str) -> Config:
    return Config.from_env({**environment_of(database_url="postgresql://x", redis_url="redis://x"), **changes})


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({**OFFICIAL, "WECHAT_OA_SECRET": ""}, "WECHAT_OA_SECRET"),
        ({**OFFICIAL, "WECHAT_OA_PUSH_AES_KEY": "D" * 42}, "43 characters"),
        ({"WECHAT_OA_PUSH_TOKEN": "t"}, "WECHAT_OA_APPID"),
        ({"EMAIL_PROVIDER": "pigeon"}, "EMAIL_PROVIDER"),
        ({**SMTP, "SMTP_HOST": ""}, "SMTP_HOST"),
        ({**SMTP, "PUBLIC_URL": ""}, "PUBLIC_URL"),
        ({**SMTP, "PUBLIC_URL": "http://member.shop.example"}, "https://"),
        ({**SMTP, "SMTP_SECURITY": "perhaps"}, "SMTP_SECURITY"),
        ({**SMTP, "SMTP_SECURITY": "none"}, "in the clear"),
        (
            {"EMAIL_PROVIDER": "recording", "APP_ENV": "production", "WECHAT_BASE_URL": "https://api.weixin.qq.com"},
            "sends nothing",
        ),
        (
            {"SMS_PROVIDER": "recording", "APP_ENV": "production", "WECHAT_BASE_URL": "https://api.weixin.qq.com"},
            "sends nothing",
        ),
    ],
)
def test_half_a_channel_is_refused(changes: dict[str, str], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        config(**changes)


def test_what_is_configured_is_there_and_nothing_else(vault_of_its_own: Vault) -> None:
    wechat, official = RecordingWeChat(), RecordingOfficial()

    def channels(**changes: str) -> dict[str, object]:
        return dict(build(config(**changes), vault_of_its_own, wechat=lambda: wechat, official=lambda: official))

    assert list(channels()) == ["subscribe"]
    assert set(channels(**OFFICIAL)) == {"subscribe", "oa_template"}
    email = channels(**SMTP)["email"]
    assert isinstance(email, EmailChannel)
    assert isinstance(email.mailer, SmtpMailer)
    played = channels(EMAIL_PROVIDER="recording", SMS_PROVIDER="recording")
    assert isinstance(played["email"], EmailChannel)
    assert isinstance(played["email"].mailer, RecordingMailer)
    assert isinstance(played["sms"], SmsChannel)
    assert isinstance(played["sms"].provider, RecordingSms)


def test_a_plug_in_is_loaded_by_its_name(vault_of_its_own: Vault) -> None:
    found = build(
        config(SMS_PROVIDER="app.gateways.channels.sms:RecordingSms"),
        vault_of_its_own,
        wechat=RecordingWeChat,
        official=RecordingOfficial,
    )
    sms = found["sms"]
    assert isinstance(sms, SmsChannel)
    assert isinstance(sms.provider, RecordingSms)


@pytest.mark.parametrize("name", ["nowhere", "nowhere:Sms", "json:nothing", "json:dumps", "collections:deque", ":x"])
def test_a_plug_in_that_is_none_stops_the_start(vault_of_its_own: Vault, name: str) -> None:
    with pytest.raises((ValueError, TypeError)):
        build(config(SMS_PROVIDER=name), vault_of_its_own, wechat=RecordingWeChat, official=RecordingOfficial)


def test_no_secret_shows_in_what_is_printed() -> None:
    made = config(**OFFICIAL, **SMTP, SMTP_PASSWORD="mail-password-1")
    assert isinstance(made, Config)
    assert "mail-password-1" not in repr(made)
    assert "oa-secret-1" not in repr(made)


@pytest.fixture
def vault_of_its_own() -> Vault:
    """A vault with keys of this test."""
    key = "A" * 43 + "="
    return Vault(f"k1:{key}", key)
