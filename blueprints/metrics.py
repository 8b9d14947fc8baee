"""Figures for Prometheus, over every process of this machine."""

import hmac
import ipaddress
import os
import time

from apiflask import APIBlueprint
from flask import Response, g, request
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
    multiprocess,
)

from app.errors import NotAllowed
from app.wiring import parts

bp = APIBlueprint("metrics", __name__, enable_openapi=False)

REQUESTS = Counter("huitou_requests_total", "Requests by endpoint and status", ["endpoint", "method", "status"])
SECONDS = Histogram("huitou_request_seconds", "Time to answer", ["endpoint"])


def count_response(response: Response) -> Response:
    """Count an answer; the endpoint's name, never the path: paths carry ids."""
    endpoint = request.endpoint or "unknown"
    REQUESTS.labels(endpoint, request.method, response.status_code).inc()
    started = g.get("started")
    if started is not None:
        SECONDS.labels(endpoint).observe(time.perf_counter() - started)
    return response


@bp.get("/metrics")
def read() -> Response:
    """Prometheus text. With METRICS_TOKEN set a bearer token is asked for; else only this machine may read."""
    _check_reader()
    registry = REGISTRY
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _check_reader() -> None:
    token = parts().config.metrics_token
    if token:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(given.encode(), token.encode()):
            raise NotAllowed
    elif not ipaddress.ip_address(request.remote_addr or "0.0.0.0").is_loopback:  # noqa: S104
        raise NotAllowed
