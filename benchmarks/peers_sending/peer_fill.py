"""Hands out COUNT sends to one queue: `python peer_fill.py celery 3000 prefix`. `rescue` is procrastinate's own advice
for stalled jobs, run from outside every few seconds."""

import asyncio
import sys

import peer_tasks as peers
import redis
import rq


def names(count: int, prefix: str) -> list[str]:
    """OpenIDs of this run."""
    return [f"{prefix}-{number}" for number in range(count)]


def fill_celery(openids: list[str]) -> None:
    """One task a message, on one connection."""
    with peers.celery_app.pool.acquire(block=True) as connection, peers.celery_app.amqp.producer_pool.acquire():
        for openid in openids:
            peers.celery_send.apply_async((openid,), connection=connection)


def fill_rq(openids: list[str]) -> None:
    """One job a message, in pipelines of a thousand."""
    queue = rq.Queue("peers", connection=redis.Redis.from_url(peers.REDIS))
    for start in range(0, len(openids), 1_000):
        queue.enqueue_many(
            [
                rq.Queue.prepare_data(
                    peers.post, args=(openid,), timeout=10, result_ttl=0, retry=rq.Retry(max=3), failure_ttl=600
                )
                for openid in openids[start : start + 1_000]
            ]
        )


async def fill_procrastinate(openids: list[str]) -> None:
    """One job a message, in one statement a thousand."""
    async with peers.procrastinate_app.open_async():
        for start in range(0, len(openids), 1_000):
            await peers.procrastinate_send.batch_defer_async(
                *({"openid": openid} for openid in openids[start : start + 1_000])
            )


async def rescue() -> None:
    """Stalled jobs of dead workers go back, as the documents advise."""
    async with peers.procrastinate_app.open_async():
        while True:
            for job in await peers.procrastinate_app.job_manager.get_stalled_jobs(
                seconds_since_heartbeat=peers.VISIBILITY
            ):
                await peers.procrastinate_app.job_manager.retry_job(job)
            await asyncio.sleep(2)


async def schema() -> None:
    """Its tables."""
    async with peers.procrastinate_app.open_async():
        await peers.procrastinate_app.schema_manager.apply_schema_async()


def main() -> None:
    """See above."""
    what = sys.argv[1]
    if what in ("rescue", "schema"):
        asyncio.run(rescue() if what == "rescue" else schema())
        return
    openids = names(int(sys.argv[2]), sys.argv[3])
    if what == "procrastinate":
        asyncio.run(fill_procrastinate(openids))
    else:
        {"celery": fill_celery, "rq": fill_rq}[what](openids)


if __name__ == "__main__":
    main()
