"""The environment every part of the product runs in: the secrets made on first use, plus this run's addresses."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path

from embedded.files import explained, write_private

DEMO_APPID = "wxhuitoudemo000001"


def _key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


# One line each: made once, kept for ever, because data in the database depends on them.
SECRETS: dict[str, Callable[[], str]] = {
    "SECRET_KEY": lambda: secrets.token_urlsafe(48),
    "VAULT_KEYS": lambda: f"k1:{_key()}",
    "BLIND_INDEX_KEY": _key,
    "WECHAT_APPID": lambda: DEMO_APPID,
    "WECHAT_SECRET": lambda: secrets.token_hex(16),
    "WECHAT_PUSH_TOKEN": lambda: secrets.token_hex(16),
    "WECHAT_PUSH_AES_KEY": lambda: _key().rstrip("="),  # 43 characters, as WeChat's console makes them
    "SANDBOX_CONTROL_KEY": lambda: secrets.token_urlsafe(24),
}


def kept_secrets(path: Path) -> dict[str, str]:
    """Read KEY=value lines; make those that are missing and keep them. The file is for this user alone."""
    kept: dict[str, str] = {}
    if path.exists():
        with explained(path.parent):
            lines = path.read_text(encoding="utf-8").splitlines()
        kept = dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    missing = {name: make() for name, make in SECRETS.items() if name not in kept}
    if missing:
        kept |= missing
        write_private(path, "".join(f"{name}={value}\n" for name, value in kept.items()))
    return kept


def compose(inherited: Mapping[str, str], kept: Mapping[str, str], addresses: Mapping[str, str]) -> dict[str, str]:
    """Put the three together: what the caller sets wins over what we keep, this run's addresses over both."""
    chosen = {name: value for name, value in inherited.items() if value}
    defaults = {"APP_ENV": "development", "PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1"}
    return {**defaults, **kept, **chosen, **addresses}
