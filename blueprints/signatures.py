"""The lock of /api/partner: a request is who it says only with its key's signature over the request itself.

Proven before the body is parsed, stale and repeated requests are refused, and a refusal leaves nothing behind.
docs/partner-api.md
"""

from typing import cast

from flask import g, request

from app.actor import Actor
from app.errors import NotAllowed, SignatureInvalid, SignatureStale
from app.rules import request_signature
from app.rules.request_signature import Signature
from app.services import partner_keys, partner_nonces
from app.services.partner_keys import PartnerPrincipal
from app.transaction import transaction
from app.wiring import parts
from blueprints import attempts
from blueprints.attempts import Limit
from blueprints.identity import PARTNER, allowed_roles, now

# 256 bits cannot be guessed: this keeps a misconfigured till from hammering. Only refusals count, and by address alone, so
# that nobody can shut a partner out by using its key's name.
WRONG_SIGNATURES = Limit("partner_signature", tries=60, window_seconds=300)
CHALLENGE = "Huitou-HMAC-SHA256"


def partner_door() -> None:
    """Runs before every view behind the door. Raises SignatureInvalid, SignatureStale, NonceReused, TooMany."""
    g.challenge = CHALLENGE
    roles = allowed_roles(request.endpoint or "")
    if not roles:
        raise NotAllowed
    signature = request_signature.read(request.headers)
    principal = None if signature is None else _proven(signature)
    if signature is None or principal is None:
        # Unknown, revoked, odd or wrong: one answer, so that nothing can be learnt from it.
        attempts.count(WRONG_SIGNATURES, request.remote_addr or "")
        raise SignatureInvalid
    if not request_signature.is_fresh(signature, at=now().timestamp()):
        raise SignatureStale(now=now(), allowed_seconds=request_signature.ALLOWED_SECONDS)
    if PARTNER not in roles:
        raise NotAllowed
    # Committed before the view: whatever becomes of this request, its like is not let in again.
    with transaction():
        partner_nonces.use(principal.id, signature.nonce, now=now())
    g.principal = principal
    g.actor = Actor(kind=PARTNER, id=principal.id, store_id=principal.store_id, request_id=g.get("request_id"))


def current_partner() -> PartnerPrincipal:
    """The system that signed this request."""
    return cast(PartnerPrincipal, g.principal)


def _proven(signature: Signature) -> PartnerPrincipal | None:
    holder = partner_keys.find(signature.key_id)
    if holder is None:
        return None
    is_proven = request_signature.is_proven(
        signature,
        partner_keys.secret_of(holder, vault=parts().vault),
        method=request.method,
        target=_target(),
        body=request.get_data(cache=True),
    )
    return holder.principal if is_proven else None


def _target() -> str:
    """The path with its query as sent. Our paths hold nothing that an address must encode; a query may."""
    query = request.query_string.decode("latin-1")
    return request.root_path + request.path + (f"?{query}" if query else "")
