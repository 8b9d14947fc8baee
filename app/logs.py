"""Structured log lines with the request id and no personal data: of a failure they tell kind and place, not its words."""

import logging
import sys
import traceback
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
        structlog.stdlib.ProcessorFormatter(
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
