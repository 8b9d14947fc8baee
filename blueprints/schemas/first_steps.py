"""What a new shop still has to set up."""

from typing import Literal

from app.services.first_steps import Step
from blueprints.schemas.base import Out

StepCode = Literal[
    "programme",
    "stores",
    "staff",
    "counter_staff",
    "ladder",
    "earning_rules",
    "coupon_batches",
    "wechat",
    "message_templates",
    "birthday_automation",
    "members",
    "scheduler",
]


class StepOut(Out):
    """`default`: works as it was delivered, and nobody of the shop has looked at it yet."""

    code: StepCode
    state: Literal["done", "default", "missing"]
    count: int | None


class StepsOut(Out):
    """In the order a shop takes them; `missing` of them are neither done nor there by default."""

    data: list[StepOut]
    missing: int

    @classmethod
    def of(cls, steps: list[Step]) -> "StepsOut":
        return cls(
            data=[StepOut.model_validate(step) for step in steps],
            missing=sum(1 for step in steps if step.state == "missing"),
        )
