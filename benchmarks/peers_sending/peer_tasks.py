"""One send as a task of each queue, with the settings its own documents give for work that must not be lost.

Runs in the peers' environment: nothing of the product is imported."""

import os

import celery
import procrastinate
import requests

ENDPOINT = os.environ.get("PEERS_ENDPOINT", "http://127.0.0.1:9")
REDIS = os.environ.get("PEERS_REDIS", "redis://127.0.0.1:9/0")
DATABASE = os.environ.get("PEERS_DATABASE", "")
# Seconds after which Redis gives an unacknowledged task to somebody else; an hour unless told, too long to watch.
VISIBILITY = 20
PATH = "/cgi-bin/message/subscribe/send?access_token=stand-in"

_session = requests.Session()


def post(openid: str) -> None:
    """The call itself, the same for all."""
    data = {"thing1": {"value": "冬季会员日"}, "date2": {"value": "2026年12月1日"}}
    body = {"touser": openid, "template_id": "TPL_PEERS", "page": "pages/home/index", "data": data, "lang": "zh_CN"}
    answer = _session.post(ENDPOINT + PATH, json=body, timeout=10)
    answer.raise_for_status()
    if answer.json()["errcode"] != 0:
        raise RuntimeError(answer.text)


celery_app = celery.Celery("peers", broker=REDIS, set_as_current=False)
celery_app.conf.update(
    task_ignore_result=True,
    # Acknowledged after the work, and given back when a process dies under it.
    task_acks_late=os.environ.get("PEERS_CELERY", "late") == "late",
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    broker_transport_options={"visibility_timeout": VISIBILITY},
    broker_connection_retry_on_startup=True,
    worker_hijack_root_logger=False,
)


@celery_app.task(name="peers.send")
def celery_send(openid: str) -> None:
    """One message."""
    post(openid)


procrastinate_app = procrastinate.App(
    connector=procrastinate.PsycopgConnector(conninfo=DATABASE, min_size=1, max_size=4),
    worker_defaults={"fetch_job_polling_interval": 0.5, "stalled_worker_timeout": VISIBILITY},
)


@procrastinate_app.task(name="peers.send", retry=3)
def procrastinate_send(openid: str) -> None:
    """One message."""
    post(openid)
