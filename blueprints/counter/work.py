"""The part of the counter's page that changes with each step: a band that says how it went, and what can be done next."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue

from app import clock
from blueprints.counter import reasons
from blueprints.pages.api import ApiRefusal
from blueprints.pages.words import Pair

# Asked for by counter.js, which puts it where the old one stood.
FRAGMENT = "X-Fragment"
SAY_WHY = Pair("请写明原因（1 到 100 个字）。", "Say why, in 1 to 100 characters.")


@dataclass(frozen=True)
class Band:
    """How it went: `kind` good, warn or bad decides colour, icon and sound; `detail` is the small print."""

    kind: str
    text: str | Pair
    detail: str | Pair = ""

    @classmethod
    def of(cls, refusal: ApiRefusal) -> "Band":
        """What the API refused, as specific as it knows."""
        return cls("bad", refusal.message, reasons.detail(refusal.code, refusal.data))

    @classmethod
    def of_reasoned(cls, refusal: ApiRefusal, field: str) -> "Band":
        """As `of`, where what may be missing is the reason somebody types, the API's `field`."""
        return cls("warn", SAY_WHY) if field in refusal.fields else cls.of(refusal)


def show(step: str, *, band: Band | None = None, status: int = 200, **values: Any) -> ResponseReturnValue:
    """A step (a template of that name) within the counter's page, or alone for whoever asks for a fragment."""
    template = "counter/_work.html" if request.headers.get(FRAGMENT) else "counter/home.html"
    words = {"why": reasons.detail, "seconds_until": _seconds_until}
    return render_template(template, step=step, band=band, **words, **values), status


def _seconds_until(at: str) -> int:
    return max(0, int((datetime.fromisoformat(at) - clock.utc_now()).total_seconds()))


def refuse(refusal: ApiRefusal, *, step: str = "ready", **values: Any) -> ResponseReturnValue:
    """The step again, under a band that says why not. Whoever is signed out is led to sign in."""
    if refusal.status == 401:
        raise refusal
    return show(step, band=Band.of(refusal), status=refusal.status, **values)
