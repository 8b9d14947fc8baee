"""The checklist of a new shop: what is done, what works as delivered, what is missing, and where to do it."""

from dataclasses import dataclass
from typing import Final

from apiflask import APIBlueprint
from flask import current_app, render_template, url_for

from blueprints.identity import allow
from blueprints.pages import api
from blueprints.pages.words import Pair

bp = APIBlueprint("first_steps", __name__, enable_openapi=False)

STATES: Final = {
    "done": ("success", "已完成", "done"),
    "default": ("info", "使用默认", "as delivered"),
    "missing": ("warning", "待设置", "to do"),
}


@dataclass(frozen=True)
class About:
    """What a step is for, and the page it is done on; without one it is done on the server."""

    name: Pair
    why: Pair
    endpoint: str | None = None


STEPS: Final = {
    "programme": About(
        Pair("给会员计划起名", "Name the programme"),
        Pair("名称、积分有效期、免打扰时段。", "Its name, how long points live, quiet hours."),
        "programme.show",
    ),
    "stores": About(
        Pair("添加门店", "Add a store"),
        Pair("收银台按门店登录。", "Counters sign in at a store."),
        "stores.show_list",
    ),
    "staff": About(
        Pair("添加同事", "Add colleagues"),
        Pair("大额调整、活动审批需要第二个人。", "Large corrections and campaigns take a second person."),
        "staff.show_list",
    ),
    "counter_staff": About(
        Pair("安排收银台人员", "Put somebody at a counter"),
        Pair("店员或店长须分配到门店。", "Clerks and managers are given their stores."),
        "staff.show_list",
    ),
    "ladder": About(
        Pair("确认等级", "Look at the tiers"),
        Pair(
            "门槛、有效期和权益；启用前可试算。",
            "Thresholds, how long they last, benefits; try before putting in force.",
        ),
        "ladders.show_list",
    ),
    "earning_rules": About(
        Pair("确认积分规则", "Look at the earning rules"),
        Pair("每消费一元得几分，可先试算。", "What a yuan earns; try a bill first."),
        "earning_rules.show_list",
    ),
    "coupon_batches": About(
        Pair("发第一批券", "Print the first coupons"),
        Pair("没有库存和预算的券不能领取。", "Without stock and budget nothing can be claimed."),
        "coupon_batches.show_list",
    ),
    "wechat": About(
        Pair("连接微信", "Connect WeChat"),
        Pair(
            "填写小程序的 AppID 和密钥；未填时使用本地沙箱。",
            "Set the mini-program's AppID and secret; until then the sandbox answers.",
        ),
    ),
    "message_templates": About(
        Pair("登记消息模板", "Add message templates"),
        Pair("与微信后台核对字段后才能发送。", "Checked against WeChat's own list before anything is sent."),
        "message_templates.show_list",
    ),
    "birthday_automation": About(
        Pair("开启生日关怀", "Begin the birthday automation"),
        Pair("最见效的一条自动化。", "The automation that pays most."),
        "automations.show_list",
    ),
    "members": About(
        Pair("导入会员", "Bring your members along"),
        Pair("从原系统导入，可撤销。", "From the system before; it can be undone."),
        "member_imports.show_list",
    ),
    "scheduler": About(
        Pair("启动定时进程", "Start the scheduler"),
        Pair(
            "python -m jobs.scheduler；没有它，发券、到期、消息都不会进行。",
            "python -m jobs.scheduler; without it nothing is given, expires or is sent.",
        ),
    ),
}


@bp.get("/first-steps")
@allow("admin", "auditor", "manager", "marketer")
def show() -> str:
    """Every step with its state and where to take it."""
    told = api.get("/first-steps")
    return render_template("console/first_steps.html", told=told, steps=STEPS, states=STATES, page_of=_page_of)


def _page_of(about: About) -> str | None:
    endpoint = f"console_pages.{about.endpoint}"
    return url_for(endpoint) if endpoint in current_app.view_functions else None
