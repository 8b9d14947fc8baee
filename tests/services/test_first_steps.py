"""The checklist of a new shop: nothing is done by itself, and each step becomes done by what it asks for."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.actor import Actor
from app.services import earning_rules, first_steps, job_runs, ladders, programmes
from tests.factories.coupons import make_batch
from tests.factories.issue_runs import marketer
from tests.factories.ladders import draft
from tests.factories.members import make_member
from tests.factories.messages import make_message_template
from tests.factories.staff import make_staff, make_store


def states(now: datetime, *, talks_to_wechat: bool = False) -> dict[str, str]:
    return {step.code: step.state for step in first_steps.look(talks_to_wechat=talks_to_wechat, now=now)}


def test_a_new_shop_has_its_defaults_and_nothing_else(db_session: Session, now: datetime) -> None:
    assert states(now) == {
        "programme": "default",
        "stores": "missing",
        "staff": "missing",
        "counter_staff": "missing",
        "ladder": "default",
        "earning_rules": "default",
        "coupon_batches": "missing",
        "wechat": "default",
        "message_templates": "missing",
        "birthday_automation": "missing",
        "members": "missing",
        "scheduler": "missing",
    }


def test_each_step_is_done_by_what_it_asks_for(db_session: Session, now: datetime) -> None:
    actor = marketer()
    make_staff("clerk", at=[make_store()])
    programmes.update({"name": "小雨咖啡"}, actor=Actor.system(), now=now)
    make_batch()
    make_message_template()
    make_member()
    job_runs.record("import_members", started_at=now, finished_at=now, ok=True, counts={}, error=None)
    earning_rules.create(
        code="mine",
        event="check_in",
        ledger="points",
        name="我的",
        name_en="Mine",
        terms={"kind": "fixed", "amount": 1},
        actor=actor,
        now=now,
    )
    ladder = draft(now=now)
    ladder.created_by_id = actor.id
    ladders.activate(ladder.public_id, actor=actor, now=now)
    done = states(now, talks_to_wechat=True)
    assert {code for code, state in done.items() if state != "done"} == {"birthday_automation"}
