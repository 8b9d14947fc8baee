"""Refusals about members and the staff."""

from app.errors.tree import Conflict, InvalidInput, NotAllowed, NotSignedIn, RuleBroken


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


class SecondStepNeeded(NotSignedIn):
    """The password was right and a code is asked for; data: challenge, to be sent with it, and until when (expires_at)."""

    code = "second_step_needed"


class SecondStepRefused(NotSignedIn):
    """A wrong or used code, or a challenge past its time; data: is_over, true when the sign-in must be begun again."""

    code = "second_step_refused"


class SecondStepWrong(RuleBroken):
    """A code of somebody signed in that is wrong or was used."""

    code = "second_step_wrong"


class SecondStepMissing(NotAllowed):
    """The role needs a second step and the person has none yet: nothing else is open to this sign-in."""

    code = "second_step_missing"


class SecondStepOn(Conflict):
    """It is set up already."""

    code = "second_step_on"


class SecondStepOff(Conflict):
    """There is none, or none waits to be confirmed."""

    code = "second_step_off"


class SecondStepRequired(RuleBroken):
    """The person's role may not be without."""

    code = "second_step_required"


class PasswordWrong(RuleBroken):
    """The present password of somebody signed in, asked for before a change."""

    code = "password_wrong"


class PasswordUnfit(InvalidInput):
    """The new password is the old one or contains the login."""

    code = "password_unfit"
