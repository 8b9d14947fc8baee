"""Structured log lines with the request id and no personal data: of a failure they tell kind and place, not its words."""

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from typing import Any

import structlog
from structlog.typing import ExcInfo, Processor

from app.errors import LoyaltyError

# Their words come from our own code. Those of databases, parsers and HTTP clients quote phones, tokens and addresses.
SPEAKING = (LoyaltyError, AttributeError, TypeError, NameError, ImportError, RuntimeError, AssertionError)
MAX_FRAMES = 30


def configure(level: str) -> None:
    """Send every log line, ours and the libraries', to standard error as one JSON object."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        _Lines(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.ExceptionRenderer(describe),
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # urllib3 logs whole URLs at DEBUG, and WeChat's carry the AppSecret.
    logging.getLogger("urllib3").setLevel(logging.WARNING)


class _Written(str):
    """A line that is JSON already."""

    __slots__ = ()


class _Lines(structlog.stdlib.ProcessorFormatter):
    def format(self, record: logging.LogRecord) -> str:
        return record.msg if isinstance(record.msg, _Written) else super().format(record)


_requests = logging.getLogger("huitou.requests")


def tell_request(*, endpoint: str | None, status: int, seconds: float, request_id: str) -> None:
    """The one line of every request: the same as any other, without the detour through processors and formatters."""
    if not _requests.isEnabledFor(logging.INFO):
        return
    record = logging.LogRecord(_requests.name, logging.INFO, "", 0, "", None, None)
    at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="microseconds")
    line = {
        "endpoint": endpoint,
        "status": status,
        "ms": round(seconds * 1000, 1),
        "event": "request",
        "request_id": request_id,
        "level": "info",
        "timestamp": at.replace("+00:00", "Z"),
    }
    record.msg = _Written(json.dumps(line, ensure_ascii=False))
    _requests.handle(record)


def describe(exc_info: ExcInfo) -> Any:
    """The chain of a failure, newest first: `kind[: words]` and the places it came through, without any value."""
    lines: list[str] = []
    seen: set[int] = set()
    error: BaseException | None = exc_info[1]
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        kind = type(error)
        words = f": {error}" if isinstance(error, SPEAKING) and not isinstance(error, UnicodeError) else ""
        lines.append(f"{kind.__module__}.{kind.__qualname__}{words}")
        frames = traceback.extract_tb(error.__traceback__)[-MAX_FRAMES:]
        lines += [f"  {frame.filename}:{frame.lineno} in {frame.name}" for frame in reversed(frames)]
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\n".join(lines)
