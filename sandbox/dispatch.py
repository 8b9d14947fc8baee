"""One call of the public API: read it, let a fault strike, carry it out, answer in WeChat's shape, log it."""

import json
import time
from urllib.parse import parse_qsl

from flask import Response, request

from sandbox.call_log import Logged
from sandbox.errors import WxError
from sandbox.faults import HTML_PAGE, Fault
from sandbox.wire import JSON_TYPE, Call, Endpoint, Json, Reply, ok
from sandbox.world import World


def answer(world: World, endpoint: Endpoint) -> Response:
    """Serve the current Flask request."""
    call = _read(world)
    fault = world.faults.take(call.path, call.who)
    if fault is None:
        reply, error = _carry_out(world, endpoint, call)
        return _respond(world, call, reply, error=error)
    return _answer_faulty(world, endpoint, call, fault)


def _read(world: World) -> Call:
    environ = request.environ
    received_ns = environ.get("sandbox.received_ns") or time.monotonic_ns()
    path = request.path
    world.calls.arrived(path, received_ns)
    query = dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
    return Call(request.method, path, query, request.get_data(cache=False), received_ns, environ.get("sandbox.drop"))


def _carry_out(world: World, endpoint: Endpoint, call: Call) -> tuple[Reply | None, WxError | None]:
    try:
        if endpoint.method not in ("ANY", call.method):
            raise WxError(43001 if endpoint.method == "GET" else 43002)
        return endpoint.handler(world, call), None
    except WxError as error:
        return None, error


def _answer_faulty(world: World, endpoint: Endpoint, call: Call, fault: Fault) -> Response:
    time.sleep(fault.delay_ms / 1000)
    if fault.drop_before:
        return _hang_up(world, call, fault, fault.drop_before)
    reply: Reply | None = None
    error: WxError | None = None
    if fault.carries_out:
        reply, error = _carry_out(world, endpoint, call)
        time.sleep(fault.delay_after_ms / 1000)
    if not fault.drop_after and not fault.replaces_answer:
        return _respond(world, call, reply, error=error, fault=fault)
    if reply is not None and reply.after is not None:
        reply.after()  # the caller will not learn of it, but it was done
    if fault.drop_after:
        return _hang_up(world, call, fault, fault.drop_after)
    if fault.errcode is not None:
        lie = WxError(fault.errcode, fault.errmsg) if fault.errcode else None
        return _respond(world, call, None, error=lie, fault=fault)
    return _respond_raw(world, call, fault)


def _respond(
    world: World, call: Call, reply: Reply | None, *, error: WxError | None = None, fault: Fault | None = None
) -> Response:
    status = fault.http_status if fault is not None else 200
    fault_id = fault.id if fault is not None else None
    if error is not None:
        rid = world.ids.request_id(world.clock.now())
        body: Json | bytes = {"errcode": error.code, "errmsg": f"{error.text} rid: {rid}"}
        _log(world, call, errcode=error.code, status=status, fault=fault_id, rid=rid, errmsg=error.text)
        return Response(_encode(body), status=status, content_type=JSON_TYPE)
    reply = reply or ok()
    _log(world, call, errcode=0, status=status, fault=fault_id)
    if reply.after is not None:
        reply.after()
    return Response(_encode(reply.body), status=status, content_type=reply.content_type)


def _respond_raw(world: World, call: Call, fault: Fault) -> Response:
    _log(world, call, errcode=None, status=fault.http_status, fault=fault.id)
    body = fault.body if fault.body is not None else HTML_PAGE
    content_type = fault.content_type or ("text/html" if fault.body is None else JSON_TYPE)
    return Response(body.encode("utf-8", "replace"), status=fault.http_status, content_type=content_type)


def _hang_up(world: World, call: Call, fault: Fault, how: str) -> Response:
    _log(world, call, errcode=None, status=0, fault=fault.id)
    if call.drop is not None:
        call.drop(how)
    return Response(b"", status=502)  # never reaches the client when the server can drop the connection


def _log(
    world: World,
    call: Call,
    *,
    errcode: int | None,
    status: int,
    fault: int | None = None,
    rid: str = "",
    errmsg: str = "",
) -> None:
    openid, template_id = call.who()
    took_us = (time.monotonic_ns() - call.received_ns) // 1000
    world.calls.answered(
        Logged(
            0,
            call.method,
            call.path,
            openid,
            template_id,
            errcode,
            status,
            fault,
            rid,
            errmsg,
            world.clock.now(),
            call.received_ns,
            took_us,
        )
    )


def _encode(body: Json | bytes) -> bytes:
    if isinstance(body, bytes):
        return body
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
