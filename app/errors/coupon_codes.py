"""Refusals of unique codes, and of gifts on their way to a friend."""

from app.errors.tree import Conflict, InvalidInput, RuleBroken


class CouponCodeMalformed(InvalidInput):
    """A slip of the pen; data: reason (length, character, check_character)."""

    code = "coupon_code_malformed"


class CouponCodeInvalid(RuleBroken):
    """Unknown, used or somebody else's: one answer, so that codes cannot be probed."""

    code = "coupon_code_invalid"


class CouponCodesRefused(InvalidInput):
    """A list is taken whole or not at all; data: faults (how many), lines = [{line, reason}] of the first ones."""

    code = "coupon_codes_refused"


class BatchNotForCodes(RuleBroken):
    """data: how."""

    code = "batch_not_for_codes"


class CodesAboveStock(RuleBroken):
    """data: stock, codes (there are or are being made), wanted."""

    code = "codes_above_stock"


class StockBelowCodes(RuleBroken):
    """data: codes, stock."""

    code = "stock_below_codes"


class CodeRunEnded(RuleBroken):
    """A run that is done or cancelled cannot be cancelled; data: state."""

    code = "code_run_ended"


class CodeRunNotDone(RuleBroken):
    """Its codes can be had when all are made; data: made, wanted."""

    code = "code_run_not_done"


class CodesNotKept(RuleBroken):
    """Imported codes are known as hashes alone."""

    code = "codes_not_kept"


class CouponNotTransferable(RuleBroken):
    """By its terms, or because it was used already; data: reason (terms, used)."""

    code = "coupon_not_transferable"


class TransferOpen(Conflict):
    """The coupon is on its way to a friend already; data: expires_at."""

    code = "transfer_open"


class TransferEnded(RuleBroken):
    """data: state (accepted, revoked, expired)."""

    code = "transfer_ended"


class TransferToOneself(RuleBroken):
    code = "transfer_to_oneself"
