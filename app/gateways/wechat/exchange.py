"""One request and its answer on one of the kept connections, in steps.

What urllib3's own `urlopen` does, taken apart at the two places where it would wait: for the moment, and for the answer. Until
the request is written, whatever goes wrong has sent nothing; from then on it is unclear."""

from collections.abc import Mapping
from http.client import HTTPException
from typing import Final, cast

from urllib3.connectionpool import HTTPConnectionPool
from urllib3.exceptions import HTTPError, ReadTimeoutError

from app.gateways.departure import Answer, NeverCame, Steps

from . import answers
from .punctual import ClosedMeanwhile, PunctualConnection
from .troubles import Trouble

CONNECT_SECONDS: Final = 3.05
READ_SECONDS: Final = 8.0
# The pool gives no connection it knows to be closed, so a second one of those is bad luck already.
CLOSED_TRIES: Final = 3

# What a connection raises, itself, by http.client or by the response read from it.
_LOST: Final = (HTTPError, HTTPException, OSError)

Result = tuple[int, bytes]


def exchange(
    pool: HTTPConnectionPool,
    method: str,
    url: str,
    *,
    body: bytes | None,
    headers: Mapping[str, str],
    max_bytes: int,
    stands: bool = False,
) -> Steps[Result | None]:
    """Status and body of the answer. `stands`: on a connection that stands already, or None before anything was done.

    Errors: Trouble; NeverCame. No redirect is followed, for it would carry the token to somebody else; and nothing is
    repeated but what was certainly not written."""
    for _ in range(CLOSED_TRIES):
        connection = _take(pool)
        is_whole = False
        try:
            if stands and connection.is_closed:
                is_whole = True
                return None
            _raise(_prepare(pool, connection, method, url, body=body, headers=headers))
            if not (yield None):
                raise NeverCame
            try:
                _raise(_write(connection))
            except ClosedMeanwhile:
                continue
            if not (yield Answer(connection.sock.fileno(), READ_SECONDS)):
                raise Trouble("unclear", "timeout")
            result = _read(connection, max_bytes=max_bytes)
            if isinstance(result, Trouble):
                raise result
            is_whole = True
            return result
        finally:
            if not is_whole:
                connection.close()
            pool._put_conn(connection)
    raise Trouble("not_sent", "no_connection")


def _take(pool: HTTPConnectionPool) -> PunctualConnection:
    try:
        # The pool has no other door to its connections.
        return cast(PunctualConnection, pool._get_conn())
    except HTTPError:
        trouble = Trouble("not_sent", "no_connection")
    raise trouble


def _raise(trouble: Trouble | None) -> None:
    # Troubles are given back and raised here, outside the handlers: the original, whose URL holds secrets, must not hang on as
    # __context__.
    if trouble is not None:
        raise trouble


def _prepare(
    pool: HTTPConnectionPool,
    connection: PunctualConnection,
    method: str,
    url: str,
    *,
    body: bytes | None,
    headers: Mapping[str, str],
) -> Trouble | None:
    try:
        if connection.is_closed:
            connection.timeout = CONNECT_SECONDS
            if pool.proxy is not None and pool.scheme == "https":
                pool._prepare_proxy(connection)
            if connection.is_closed:
                connection.connect()
        connection.prepare(method, url, body=body, headers=headers)
    except _LOST:
        return Trouble("not_sent", "no_connection")
    return None


def _write(connection: PunctualConnection) -> Trouble | None:
    try:
        connection.write()
    except BrokenPipeError:
        # Who closes early may have answered first.
        return None
    except TimeoutError:
        return Trouble("unclear", "timeout")
    except _LOST:
        return Trouble("unclear", "connection_lost")
    return None


def _read(connection: PunctualConnection, *, max_bytes: int) -> Result | Trouble:
    try:
        connection.timeout = READ_SECONDS
        response = connection.getresponse()
        return response.status, answers.read_body(response, max_bytes=max_bytes)
    except (TimeoutError, ReadTimeoutError):
        return Trouble("unclear", "timeout")
    except Trouble as trouble:
        return trouble
    except _LOST:
        return Trouble("unclear", "connection_lost")
