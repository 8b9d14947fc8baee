"""`flask campaign …`: watch, pause, resume and cancel campaigns from a shell."""

import json
import uuid
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime

import click
from flask.cli import AppGroup
from rich.console import Console
from rich.table import Table

from app import clock
from app.actor import Actor
from app.commands import campaign_watch
from app.errors import LoyaltyError
from app.models import Campaign
from app.services import campaign_reports, campaign_states, campaigns
from app.services.campaign_reports import Report
from app.transaction import transaction

campaign_group = AppGroup("campaign", help="Campaigns: list, show, watch, pause, resume, cancel.")

Step = Callable[..., Campaign]


@campaign_group.command("list")
@click.option("--state", help="Only campaigns in this state.")
@click.option("--limit", default=20, show_default=True)
def list_command(state: str | None, limit: int) -> None:
    """The newest campaigns."""
    for campaign in campaigns.list_campaigns(after=None, limit=limit, state=state).items:
        click.echo(f"{campaign.public_id}  {campaign.state:10} {campaign.kind:8} {campaign.name}")


@campaign_group.command("show")
@click.argument("campaign_id", type=click.UUID)
@click.option("--json", "as_json", is_flag=True, help="One JSON document instead of a table.")
def show_command(campaign_id: uuid.UUID, as_json: bool) -> None:
    """What became of one campaign."""
    campaign = _find(campaign_id)
    report = campaign_reports.report(campaign)
    if as_json:
        values = {"id": str(campaign.public_id), "state": campaign.state, "pause_reason": campaign.pause_reason}
        click.echo(json.dumps({**values, **asdict(report)}, ensure_ascii=False))
    else:
        Console().print(_table(campaign, report))


@campaign_group.command("watch")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="One JSON document, then end.")
def watch_command(name: str, as_json: bool) -> None:
    """Follow the campaign of this id or name until it ends; Ctrl-C stops watching, not the campaign."""
    campaign_watch.watch(name, as_json=as_json)


@campaign_group.command("pause")
@click.argument("campaign_id", type=click.UUID)
def pause_command(campaign_id: uuid.UUID) -> None:
    """Stop sending within a second."""
    _step(campaign_id, campaign_states.pause)


@campaign_group.command("resume")
@click.argument("campaign_id", type=click.UUID)
def resume_command(campaign_id: uuid.UUID) -> None:
    """Send exactly the rest."""
    _step(campaign_id, campaign_states.resume)


@campaign_group.command("cancel")
@click.argument("campaign_id", type=click.UUID)
def cancel_command(campaign_id: uuid.UUID) -> None:
    """End it for good; what was sent stays sent."""
    _step(campaign_id, campaign_states.cancel)


def _step(campaign_id: uuid.UUID, step: Step) -> None:
    now: datetime = clock.utc_now()
    try:
        with transaction():
            moved = step(_find(campaign_id), actor=Actor.system(), now=now)
    except LoyaltyError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{moved.public_id}  {moved.state}")


def _find(campaign_id: uuid.UUID) -> Campaign:
    try:
        return campaigns.get_by_public_id(campaign_id)
    except LoyaltyError as error:
        raise click.ClickException(f"没有这个活动 No such campaign: {campaign_id}") from error


def _table(campaign: Campaign, report: Report) -> Table:
    table = Table(title=f"{campaign.name} · {campaign.state}", title_justify="left")
    table.add_column("")
    table.add_column("", justify="right")
    for name in ("targeted", "planned", "sent", "in_doubt", "missed", "holdout"):
        table.add_row(name, str(getattr(report, name)))
    for kind in ("suppressed", "failed"):
        for why, count in sorted(getattr(report, kind).items()):
            table.add_row(f"{kind}: {why}", str(count))
    table.add_row("gifts", str(report.gifts))
    return table
