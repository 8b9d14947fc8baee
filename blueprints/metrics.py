"""Figures for Prometheus, over every process of this machine when they share PROMETHEUS_MULTIPROC_DIR."""

import hmac
import ipaddress
import os
from collections.abc import Iterator

from apiflask import APIBlueprint
from flask import Response, request
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
    multiprocess,
)
from prometheus_client.core import GaugeMetricFamily

from app.errors import NotAllowed
from app.services import claim_alarms
from app.wiring import parts
from blueprints.identity import allow, now
from blueprints.operation_metrics import Operations

bp = APIBlueprint("metrics", __name__, enable_openapi=False)

REQUESTS = Counter("huitou_requests_total", "Requests by endpoint and status", ["endpoint", "method", "status"])
SECONDS = Histogram("huitou_request_seconds", "Time to answer", ["endpoint"])

# A client may invent methods; each label value is a time series for ever.
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# Set by a proxy: then the address we see is the proxy's, and loopback proves nothing.
FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-IP", "Via")


def count_response(response: Response, *, seconds: float) -> None:
    """Count an answer under the endpoint's name, never the path: paths carry ids."""
    method = request.method if request.method in METHODS else "other"
    count(request.endpoint or "unknown", method, response.status_code, seconds=seconds)


def count(endpoint: str, method: str, status: int, *, seconds: float) -> None:
    """Count an answer; `method` is one of METHODS or "other"."""
    REQUESTS.labels(endpoint, method, status).inc()
    SECONDS.labels(endpoint).observe(seconds)


@bp.get("/metrics")
@allow("anyone")
def read() -> Response:
    """Prometheus text. With METRICS_TOKEN set a bearer token is asked for; else only this machine may read."""
    check_reader()
    registry = REGISTRY
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return Response(generate_latest(registry) + generate_latest(_paces()), content_type=CONTENT_TYPE_LATEST)


class _Paces:
    """Batches with a claim alarm, as the database has them. Not kept between readings: no process of ours need be the one
    that sampled, and a file of another one's figures would outlive them."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        pace = GaugeMetricFamily("huitou_claims_per_minute", "Copies a minute since the last sample", labels=["batch"])
        alarm = GaugeMetricFamily(
            "huitou_claim_alarm_timestamp_seconds", "When the alarm last sounded", labels=["batch"]
        )
        for one in claim_alarms.list_paces(now=now()):
            pace.add_metric([str(one.batch)], one.per_minute)
            if one.alarmed_at is not None:
                alarm.add_metric([str(one.batch)], one.alarmed_at.timestamp())
        yield from (pace, alarm)


def _paces() -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(_Paces())
    registry.register(Operations())
    return registry


def check_reader() -> None:
    """Raises NotAllowed for whoever is neither this machine nor the holder of the token."""
    token = parts().config.metrics_token
    if token:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(given.encode(), token.encode()):
            raise NotAllowed
    elif not _is_this_machine():
        raise NotAllowed


def _is_this_machine() -> bool:
    if any(name in request.headers for name in FORWARDED):
        return False
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False
