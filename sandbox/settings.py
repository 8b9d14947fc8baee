"""What a sandbox is started with (`Settings`) and the platform limits a test may bend while it runs (`Limits`)."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field

DEMO_APPID = "wx0000000000000001"
DEMO_SECRET = "sandbox-app-secret"  # noqa: S105  a published demo value, worth nothing
PRODUCTION = "production"
PUSH_MODES = ("plain", "compat", "secure")
PUSH_FORMATS = ("xml", "json")
AES_KEY_LENGTH = 43  # characters of an EncodingAESKey: base64 of 32 bytes without its last "="


class SandboxRefused(Exception):
    """The sandbox will not start like this; the text says what to change."""


@dataclass(frozen=True, slots=True)
class PushTarget:
    """Where and how events are pushed. An empty `url` means: push nothing."""

    url: str = ""
    token: str = ""
    aes_key: str = ""
    mode: str = "secure"
    format: str = "json"
    account: str = "gh_sandbox"  # ToUserName of every push

    def check(self) -> None:
        """Raise SandboxRefused unless the parts fit together."""
        if self.mode not in PUSH_MODES:
            raise SandboxRefused(f"push mode must be one of {', '.join(PUSH_MODES)}")
        if self.format not in PUSH_FORMATS:
            raise SandboxRefused(f"push format must be one of {', '.join(PUSH_FORMATS)}")
        if not self.url:
            return
        if not self.url.startswith(("http://", "https://")):
            raise SandboxRefused("push url must start with http:// or https://")
        if not self.token:
            raise SandboxRefused("push token is empty: every push must be signed")
        if self.mode != "plain" and len(self.aes_key) != AES_KEY_LENGTH:
            raise SandboxRefused(f"push aes key must have {AES_KEY_LENGTH} characters in compat and secure mode")


@dataclass(frozen=True, slots=True)
class Settings:
    """`seed` names every id; `boot` keeps codes, tokens and message ids of two runs apart; openids stay the same."""

    control_key: str
    appid: str = DEMO_APPID
    secret: str = DEMO_SECRET
    oa_appid: str = ""
    oa_secret: str = ""
    push: PushTarget = field(default_factory=PushTarget)
    oa_push: PushTarget = field(default_factory=PushTarget)
    seed: str = "huitou"
    boot: int = 0
    outbox_limit: int = 20_000
    calls_limit: int = 20_000
    rate_limit: int = 200_000  # receipt stamps kept per path
    environment: str = "development"

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "Settings":
        """Read the settings; raise SandboxRefused on a number that is none or a push target that cannot work."""
        push = PushTarget(
            url=env.get("WECHAT_PUSH_URL", ""),
            token=env.get("WECHAT_PUSH_TOKEN", ""),
            aes_key=env.get("WECHAT_PUSH_AES_KEY", ""),
            mode=env.get("WECHAT_PUSH_MODE", "secure"),
            format=env.get("WECHAT_PUSH_FORMAT", "json"),
        )
        oa_push = PushTarget(
            url=env.get("WECHAT_OA_PUSH_URL", ""),
            token=env.get("WECHAT_OA_PUSH_TOKEN", ""),
            aes_key=env.get("WECHAT_OA_PUSH_AES_KEY", ""),
            mode=push.mode,
            format=push.format,
            account="gh_official",
        )
        return cls(
            control_key=env.get("SANDBOX_CONTROL_KEY", ""),
            appid=env.get("WECHAT_APPID") or DEMO_APPID,
            secret=env.get("WECHAT_SECRET") or DEMO_SECRET,
            oa_appid=env.get("WECHAT_OA_APPID", ""),
            oa_secret=env.get("WECHAT_OA_SECRET", ""),
            push=push,
            oa_push=oa_push,
            seed=env.get("SANDBOX_SEED") or "huitou",
            boot=_number(env, "SANDBOX_BOOT", 0),
            outbox_limit=_number(env, "SANDBOX_OUTBOX_LIMIT", 20_000),
            calls_limit=_number(env, "SANDBOX_CALLS_LIMIT", 20_000),
            rate_limit=_number(env, "SANDBOX_RATE_LIMIT", 200_000),
            environment=_environment(env),
        )

    def check(self) -> None:
        """Raise SandboxRefused in production, without a control key, or with a broken push target."""
        if self.environment.strip().lower() == PRODUCTION:
            raise SandboxRefused("the sandbox hands out logins and phone numbers: it does not run in production")
        if not self.control_key:
            raise SandboxRefused("SANDBOX_CONTROL_KEY is empty")
        if self.oa_appid and self.oa_appid == self.appid:
            raise SandboxRefused("the official account needs an app id of its own")
        self.push.check()
        self.oa_push.check()


@dataclass(slots=True)
class Limits:
    """Platform limits and behaviours, with WeChat's usual values; `POST /__sandbox/settings` changes them."""

    token_ttl_seconds: int = 7200
    token_overlap_seconds: int = 300  # how long a replaced plain token lives on; 0 reproduces token thrash
    token_daily: int = 2000
    stable_per_minute: int = 10_000
    stable_daily: int = 500_000
    stable_force_daily: int = 20
    stable_force_spacing_seconds: int = 30
    code_ttl_seconds: int = 300
    login_per_minute: int = 100  # per user
    qr_per_minute: int = 5000
    text_check_per_minute: int = 4000
    text_check_daily: int = 2_000_000
    text_check_seen_seconds: int = 7200  # the author must have used the app this recently
    send_daily: int = 10_000_000
    official_send_daily: int = 100_000
    template_api_daily: int = 500
    clear_quota_monthly: int = 10
    grant_cap: int = 0  # most unused accepts one user can pile up for one template; 0 = no cap
    send_latency_ms: int = 0  # how long one send keeps its openid busy
    sent_events: bool = True
    sent_event_delay_ms: int = 50
    sent_event_first: bool = False  # deliver the sent event before the send call is answered
    country_code_as_number: bool = False  # WeChat has been seen answering both


def require_loopback(host: str) -> None:
    """Raise SandboxRefused unless `host` can only be reached from this machine."""
    if host == "localhost":
        return
    try:
        if ipaddress.ip_address(host).is_loopback:
            return
    except ValueError:
        pass
    raise SandboxRefused(f"the sandbox binds to a loopback address only, not to {host!r}")


def _environment(env: Mapping[str, str]) -> str:
    names = [env.get("APP_ENV", ""), env.get("FLASK_ENV", "")]
    return PRODUCTION if PRODUCTION in [name.strip().lower() for name in names] else (names[0] or "development")


def _number(env: Mapping[str, str], name: str, default: int) -> int:
    text = env.get(name, "")
    if not text:
        return default
    if not text.isascii() or not text.isdigit():
        raise SandboxRefused(f"{name} must be a whole number, not {text!r}")
    return int(text)
