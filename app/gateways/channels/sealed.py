"""Opens an address in the moment of sending; it is kept and logged nowhere."""

from app.gateways.vault import SecretUnreadable, Vault
from app.gateways.wechat import SendOutcome

from .port import Letter

UNREADABLE = SendOutcome(status="failed", reason="address_unreadable", action="fail_member", not_sent=True)


def open_address(letter: Letter, vault: Vault) -> str | None:
    """The phone or the e-mail address; None when its key is gone or its bytes were changed."""
    try:
        return vault.decrypt(letter.sealed, context=letter.sealed_for)
    except SecretUnreadable:
        return None
