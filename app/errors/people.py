"""Refusals about members and the staff."""

from app.errors.tree import Conflict, InvalidInput, NotSignedIn, RuleBroken


class PhoneInvalid(InvalidInput):
    code = "phone_invalid"


class PhoneTaken(Conflict):
    """The phone belongs to a member who already has another WeChat identity of this app."""

    code = "phone_taken"


class EmailInvalid(InvalidInput):
    code = "email_invalid"


class ContactTaken(Conflict):
    """The address was proven by another member."""

    code = "contact_taken"


class ContactCodeWrong(RuleBroken):
    """data: is_gone, true when no code is waiting any more."""

    code = "contact_code_wrong"


class ConsentMissing(RuleBroken):
    """Membership needs consent to its own document; data: purpose, document_version."""

    code = "consent_missing"


class BirthdayAlreadySet(RuleBroken):
    code = "birthday_already_set"


class SignInRefused(NotSignedIn):
    """Unknown login, wrong password or disabled: one answer for all three."""

    code = "sign_in_refused"


class LastAdmin(RuleBroken):
    """The only active admin may not step down: nobody could let people in."""

    code = "last_admin"


class ErasureWaiting(RuleBroken):
    """A member who asked to be forgotten is not merged away from their wish."""

    code = "erasure_waiting"


class ErasureEnded(RuleBroken):
    """The wish was taken back or carried out before; data: state."""

    code = "erasure_ended"
