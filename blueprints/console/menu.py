"""The console's menu: a group, and in it pages with the roles that see them."""

from dataclasses import dataclass

from flask import g

from blueprints.pages.words import Pair

ALL = frozenset({"admin", "auditor", "manager", "marketer"})
OVERSIGHT = frozenset({"admin", "auditor", "manager"})
MAKERS = frozenset({"admin", "marketer"})
OVERSEERS = frozenset({"admin", "auditor"})
ADMIN = frozenset({"admin"})


@dataclass(frozen=True)
class Item:
    """One page of the menu."""

    endpoint: str
    name: Pair
    icon: str
    roles: frozenset[str] = ALL


@dataclass(frozen=True)
class Group:
    """Pages that belong together."""

    name: Pair
    items: tuple[Item, ...]


MENU: tuple[Group, ...] = (
    Group(
        Pair("总览", "Overview"),
        (
            Item("console_pages.home.show", Pair("经营概览", "Dashboard"), "speedometer2"),
            Item("console_pages.reports.liability", Pair("积分负债", "Points liability"), "coin"),
            Item("console_pages.reports.trial_balance", Pair("试算平衡", "Trial balance"), "calculator"),
            Item("console_pages.reports.marketing", Pair("营销增量", "What marketing changed"), "graph-up-arrow"),
        ),
    ),
    Group(
        Pair("会员", "Members"),
        (
            Item("console_pages.members.show_list", Pair("会员档案", "Members"), "person-vcard"),
            Item("console_pages.tags.show_list", Pair("标签", "Tags"), "tags"),
            Item("console_pages.member_lists.show_list", Pair("会员名单", "Member lists"), "list-ul"),
            Item("console_pages.adjustments.show_list", Pair("调整审批", "Corrections"), "check2-square", OVERSIGHT),
            Item("console_pages.erasures.show_list", Pair("注销申请", "Erasure requests"), "person-x", OVERSIGHT),
        ),
    ),
    Group(
        Pair("触达", "Reach"),
        (
            Item("console_pages.segments.show_list", Pair("人群", "Segments"), "people"),
            Item("console_pages.rfm_grid.show", Pair("RFM 网格", "RFM grid"), "grid-3x3"),
            Item("console_pages.campaigns.show_list", Pair("活动", "Campaigns"), "megaphone"),
            Item("console_pages.failed_messages.show", Pair("待处理消息", "Failures"), "exclamation-triangle"),
            Item("console_pages.automations.show_list", Pair("自动化", "Automations"), "robot"),
            Item("console_pages.campaign_calendar.show", Pair("活动日历", "Calendar"), "calendar3"),
        ),
    ),
    Group(
        Pair("优惠券", "Coupons"),
        (
            Item("console_pages.coupon_templates.show_list", Pair("券模板", "Templates"), "ticket-perforated"),
            Item("console_pages.coupon_batches.show_list", Pair("券批次", "Batches"), "box-seam"),
            Item("console_pages.issue_runs.show_list", Pair("批量发放", "Issue runs"), "send"),
            Item(
                "console_pages.coupon_automations.show_list", Pair("自动发券", "Automatic coupons"), "lightning-charge"
            ),
            Item("console_pages.coupon_exchanges.show_offers", Pair("积分商城", "Exchange shop"), "shop-window"),
            Item("console_pages.revocations.show_list", Pair("作废记录", "Revocations"), "arrow-counterclockwise"),
            Item("console_pages.payers.show_list", Pair("成本分担与结算", "Payers and settlements"), "building"),
            Item("console_pages.coupon_reports.show", Pair("优惠券报表", "Coupon reports"), "graph-up-arrow"),
            Item("console_pages.clerk_limits.show", Pair("店员限额", "Clerk limits"), "person-lock"),
        ),
    ),
    Group(
        Pair("会员计划", "Programme"),
        (
            Item("console_pages.earning_rules.show_list", Pair("积分规则", "Earning rules"), "coin"),
            Item("console_pages.ladders.show_list", Pair("等级", "Tiers"), "bar-chart-steps", MAKERS),
            Item("console_pages.badges.show_list", Pair("徽章", "Badges"), "award"),
            Item("console_pages.programme.show", Pair("设置", "Settings"), "gear"),
            Item("console_pages.first_steps.show", Pair("开店清单", "First steps"), "list-check"),
        ),
    ),
    Group(
        Pair("数据", "Data"),
        (
            Item(
                "console_pages.member_imports.show_list",
                Pair("导入会员", "Imports"),
                "upload",
                frozenset({"admin", "auditor", "manager"}),
            ),
            Item(
                "console_pages.member_imports.show_exports",
                Pair("导出", "Exports"),
                "download",
                frozenset({"admin", "manager", "marketer"}),
            ),
        ),
    ),
    Group(
        Pair("消息设置", "Messages"),
        (
            Item("console_pages.message_templates.show_list", Pair("消息模板", "Templates"), "chat-square-text"),
            Item("console_pages.message_topics.show_list", Pair("消息主题", "Topics"), "tags"),
            Item("console_pages.subscription_scenes.show_list", Pair("授权场景", "When to ask"), "bell"),
            Item("console_pages.sending.show", Pair("发送状态", "Sending"), "speedometer"),
        ),
    ),
    Group(
        Pair("管理", "Manage"),
        (
            Item("console_pages.staff.show_list", Pair("员工", "Staff"), "people", OVERSEERS | {"manager"}),
            Item("console_pages.stores.show_list", Pair("门店", "Stores"), "shop"),
            Item("console_pages.partner_keys.show_list", Pair("合作系统密钥", "Partner keys"), "key", ADMIN),
            Item("console_pages.audit.show_list", Pair("操作审计", "Audit"), "shield-check", OVERSEERS | {"manager"}),
            Item("console_pages.jobs.show_list", Pair("后台任务", "Jobs"), "clock-history", OVERSEERS),
        ),
    ),
)


def visible() -> list[tuple[Group, list[Item]]]:
    """The groups with what the person signed in may see of them."""
    role = (g.get("person") or {}).get("role")
    shown = [(group, [item for item in group.items if role in item.roles]) for group in MENU]
    return [(group, items) for group, items in shown if items]
