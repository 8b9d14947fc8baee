"""`flask campaign watch`: a campaign's progress, redrawn until it ends; `--json` tells it once."""

import json
import time
import uuid
from typing import Any, Final

import click
from rich.console import Console
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table

from app.errors import LoyaltyError
from app.models import Campaign
from app.rules.progress import Pace
from app.services import campaign_reports, campaigns
from app.services.campaign_reports import Report
from app.transaction import transaction

OVER: Final = ("done", "cancelled", "missed")
LEAST_SECONDS: Final = 1.0
# Counting a large campaign takes its time: at most a tenth of it goes into looking.
SECONDS_PER_LOOK: Final = 10


def watch(name: str, *, as_json: bool) -> None:
    """Follow the campaign of this id or name."""
    pace = Pace()
    if as_json:
        _look(name, pace)
        time.sleep(LEAST_SECONDS)
        click.echo(json.dumps(_look(name, pace), ensure_ascii=False))
        return
    with Live(console=Console(), auto_refresh=False) as live:
        while True:
            began = time.monotonic()
            told = _look(name, pace)
            live.update(_table(told), refresh=True)
            if told["state"] in OVER:
                return
            time.sleep(max(LEAST_SECONDS, (time.monotonic() - began) * SECONDS_PER_LOOK))


def find(name: str) -> Campaign:
    """By id, or the newest by its exact name."""
    try:
        return campaigns.get_by_public_id(uuid.UUID(name))
    except ValueError:
        found = campaigns.find_by_name(name)
    except LoyaltyError:
        found = None
    if found is None:
        raise click.ClickException(f"没有这个活动 No such campaign: {name}")
    return found


def _look(name: str, pace: Pace) -> dict[str, Any]:
    with transaction():  # a new one each time, or nothing would ever change
        campaign = find(name)
        report = campaign_reports.report(campaign)
        left = report.sent + report.in_doubt + sum(report.failed.values())
        pace.see(time.monotonic(), left)
        return _told(campaign, report, pace)


def _told(campaign: Campaign, report: Report, pace: Pace) -> dict[str, Any]:
    to_send = report.targeted - sum(report.suppressed.values()) - getattr(report, "holdout", 0)
    per_second = pace.per_second
    return {
        "id": str(campaign.public_id),
        "name": campaign.name,
        "state": campaign.state,
        "pause_reason": campaign.pause_reason,
        "targeted": report.targeted,
        "to_send": to_send,
        "planned": report.planned,
        "sent": report.sent,
        "in_doubt": report.in_doubt,
        "missed": report.missed,
        "failed": report.failed,
        "suppressed": report.suppressed,
        "per_second": None if per_second is None else round(per_second, 1),
        "seconds_left": 0 if campaign.state in OVER else pace.seconds_left(report.planned),
    }


def _table(told: dict[str, Any]) -> Table:
    why = f" ({told['pause_reason']})" if told["pause_reason"] else ""
    table = Table(title=f"{told['name']} · {told['state']}{why}", title_justify="left")
    table.add_column("")
    table.add_column("", justify="right")
    over = told["to_send"] - told["planned"]
    table.add_row(f"{over} / {told['to_send']}", ProgressBar(total=max(1, told["to_send"]), completed=over, width=30))
    for name in ("targeted", "planned", "sent", "in_doubt", "missed"):
        table.add_row(name, str(told[name]))
    for kind in ("suppressed", "failed"):
        for reason, count in sorted(told[kind].items()):
            table.add_row(f"{kind}: {reason}", str(count))
    table.add_row("per second", "–" if told["per_second"] is None else str(told["per_second"]))
    table.add_row("time left", "–" if told["seconds_left"] is None else _clock(told["seconds_left"]))
    return table


def _clock(seconds: int) -> str:
    return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
