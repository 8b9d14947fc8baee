"""`flask campaign` and `flask jobs`."""

import json
import uuid
from collections.abc import Callable
from datetime import datetime

import pytest
from apiflask import APIFlask
from sqlalchemy.orm import Session

from app.actor import Actor
from app.services import campaign_states
from tests.factories.messages import make_campaign, make_message_template, make_reachable, make_running

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(app: APIFlask, db_session: Session, now: datetime) -> Run:
    def run(*words: str) -> tuple[int, str]:
        db_session.flush()
        result = app.test_cli_runner().invoke(args=list(words))
        return result.exit_code, result.output

    return run


def test_campaigns_are_listed_shown_and_moved(run: Run, db_session: Session, now: datetime) -> None:
    template = make_message_template()
    make_reachable(template)
    campaign = make_running(template)
    name = str(campaign.public_id)
    assert name in run("campaign", "list", "--state", "running")[1]
    code, shown = run("campaign", "show", name, "--json")
    assert code == 0
    assert {key: json.loads(shown)[key] for key in ("state", "targeted", "planned")} == {
        "state": "running",
        "targeted": 1,
        "planned": 1,
    }
    assert "planned" in run("campaign", "show", name)[1]
    for step, state in (("pause", "paused"), ("resume", "running"), ("cancel", "cancelled")):
        assert run("campaign", step, name) == (0, f"{name}  {state}\n")
    code, refused = run("campaign", "pause", name)
    assert (code, "campaign_state_conflict" in refused) == (1, True)
    assert run("campaign", "show", str(uuid.uuid4()))[0] == 1
    assert "cancelled" in run("campaign", "watch", name)[1]
    # By name too; once, as JSON.
    code, told = run("campaign", "watch", campaign.name, "--json")
    assert code == 0
    assert {key: json.loads(told)[key] for key in ("id", "state", "sent", "seconds_left")} == {
        "id": name,
        "state": "cancelled",
        "sent": 0,
        "seconds_left": 0,
    }
    assert run("campaign", "watch", "没有的活动")[0] == 1


def test_ticks_are_listed_run_and_read(run: Run, db_session: Session, now: datetime) -> None:
    campaign = make_campaign()
    campaign_states.schedule(campaign, actor=Actor.system(), now=now)
    assert run("jobs", "run", "start_campaigns")[0] == 0
    db_session.refresh(campaign)
    assert campaign.state == "expanding"
    assert "start_campaigns" in run("jobs", "list")[1]
    assert "'started': 1" in run("jobs", "runs", "--job", "start_campaigns")[1]
    told = json.loads(run("jobs", "list", "--json")[1])
    [row] = [row for row in told["jobs"] if row["job"] == "start_campaigns"]
    assert (row["ok"], row["failures"], row["every"]) == (True, 0, "2 s")
    assert told["leader"] is None
    assert run("jobs", "run", "nonsense")[0] == 2
