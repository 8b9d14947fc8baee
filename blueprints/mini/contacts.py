"""My e-mail address: proven by a code sent to it, shown masked, forgotten when I say so."""

from apiflask import APIBlueprint

from app import transaction
from app.errors import ContactCodeWrong, Unavailable
from app.services import code_letters, contacts, members, programmes
from app.wiring import parts
from blueprints import attempts
from blueprints.attempts import Limit
from blueprints.identity import actor, allow, current_member, now
from blueprints.schemas.contacts import EmailAskedOut, EmailCodeIn, EmailIn, EmailOut

bp = APIBlueprint("contacts", __name__, tag="identity")

# Letters a member may have sent, and letters one address may get, whoever asks.
ASKS = Limit("email.asks", tries=5, window_seconds=3600)
TO_ADDRESS = Limit("email.to_address", tries=3, window_seconds=3600)


@bp.get("/me/email")
@bp.output(EmailOut)
@allow("member")
def show() -> EmailOut:
    """My proven address, masked."""
    return EmailOut.of(contacts.find(current_member().id))


@bp.post("/me/email/codes")
@bp.input(EmailIn)
@bp.output(EmailAskedOut, status_code=202)
@allow("member")
def ask(json_data: EmailIn) -> EmailAskedOut:
    """Send a code to an address; five an hour for a member, three for an address."""
    channel = parts().channels.get("email")
    if channel is None:
        raise Unavailable(reason="no_email_channel", retry_after_seconds=3600)
    vault, member_id = parts().vault, current_member().id
    sealed = contacts.seal(json_data.email, vault=vault)
    attempts.count(ASKS, str(member_id))
    attempts.count(TO_ADDRESS, sealed.index.hex())
    code = contacts.new_code()
    code_hash = _hash(code)
    with transaction.transaction():
        asked = contacts.ask(member_id, sealed, code_hash=code_hash, now=now())
        locale, shop = members.get(member_id).locale, programmes.get().name
    # Outside the transaction: the mail server may be slow.
    outcome = channel.send(code_letters.write(sealed, code=code, shop=shop, locale=locale, code_hash=code_hash))
    if outcome.status == "failed" and outcome.action in ("retry_soon", "retry_later", "stop_channel"):
        raise Unavailable(reason=outcome.reason, retry_after_seconds=outcome.retry_after_seconds or 60)
    return EmailAskedOut.of(asked)


@bp.post("/me/email")
@bp.input(EmailCodeIn)
@bp.output(EmailOut)
@allow("member")
def prove(json_data: EmailCodeIn) -> EmailOut:
    """Give the code of the letter: the address is mine from here on. Five tries, fifteen minutes."""
    member_id = current_member().id
    # Committed also when wrong, so that the try counts.
    proof = transaction.run(
        lambda: contacts.prove(member_id, code_hash=_hash(json_data.email_code), actor=actor(), now=now())
    )
    if proof != "proven":
        raise ContactCodeWrong(is_gone=proof == "gone")
    return EmailOut.of(contacts.find(member_id))


@bp.delete("/me/email")
@bp.output(EmailOut)
@allow("member")
def remove() -> EmailOut:
    """Forget my address; repeating changes nothing."""
    with transaction.transaction():
        contacts.remove(current_member().id, actor=actor(), now=now())
    return EmailOut.of(None)


def _hash(code: str) -> bytes:
    # Six digits are soon tried out by whoever reads the table: keyed, and another value for each member.
    return parts().vault.blind_index(f"{current_member().id}:{code}", purpose="contact.code")
