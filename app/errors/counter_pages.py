"""Refusals of what a clerk types, shows to the camera, or hands over at the end of a shift."""

from app.errors.tree import Conflict, InvalidInput


class InputNotRecognised(InvalidInput):
    """Neither a member code nor a coupon code nor a phone."""

    code = "input_not_recognised"


class FrameUnreadable(InvalidInput):
    """No JPEG picture of at most 640 by 480; data: reason (base64, jpeg, size)."""

    code = "frame_unreadable"


class ShiftEnded(Conflict):
    """The shift is closed already, or, to be taken over, not closed yet; data: closed_at or reason (still_open)."""

    code = "shift_ended"


class ShiftAcknowledged(Conflict):
    """Somebody took this shift over already; data: acknowledged_at."""

    code = "shift_acknowledged"
