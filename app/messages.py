"""What people read when something is refused: zh-CN first, then English, each saying what to do next."""

from typing import Any

from flask_babel import get_locale

from app import (
    campaign_messages,
    counter_messages,
    coupon_messages,
    import_messages,
    people_messages,
    preference_messages,
    segment_messages,
    staff_messages,
)

TEXTS: dict[str, tuple[str, str]] = {
    **campaign_messages.TEXTS,
    **counter_messages.TEXTS,
    **coupon_messages.TEXTS,
    **import_messages.TEXTS,
    **people_messages.TEXTS,
    **preference_messages.TEXTS,
    **segment_messages.TEXTS,
    **staff_messages.TEXTS,
    # requests
    "invalid_input": (
        "提交的内容有误，请按提示修改后重试。",
        "Some of the input is not right; correct it and try again.",
    ),
    "malformed_request": ("请求格式有误，请检查 JSON 内容。", "The request could not be read; check its JSON."),
    "method_not_allowed": ("该地址不支持这种操作。", "This address does not support that method."),
    "body_too_large": ("提交的内容过大，请精简后重试。", "The request body is too large; send less."),
    "address_too_long": ("请求地址过长，请缩短查询条件。", "The request address is too long; shorten the query."),
    "media_type_unsupported": ("请以 application/json 提交。", "Send application/json."),
    "not_signed_in": ("请先登录。", "Sign in first."),
    "not_allowed": ("您没有权限进行此操作，如有需要请联系管理员。", "You are not allowed to do this; ask an admin."),
    "not_found": ("没有找到相关内容，请刷新后重试。", "Not found; refresh, it may no longer exist."),
    "conflict": ("内容已发生变化，请刷新后重试。", "Something changed meanwhile; refresh and try again."),
    "rule_broken": ("不符合会员规则，无法办理。", "A rule of the programme does not allow this."),
    "too_many": ("操作过于频繁，请稍后再试。", "Too many attempts; wait a moment and try again."),
    "gateway_failed": ("微信返回异常，请稍后重试。", "WeChat gave an unreadable answer; try again shortly."),
    "unavailable": ("服务暂时不可用，请稍后重试。", "Temporarily unavailable; try again shortly."),
    "internal_error": ("系统出错，请联系客服并提供请求编号。", "Something broke here; tell support the request id."),
    "idempotency_key_missing": (
        "缺少 Idempotency-Key 请求头，请补上后重试。",
        "Send an Idempotency-Key header with this request.",
    ),
    "idempotency_key_reused": (
        "这个 Idempotency-Key 已用于另一个请求，请换一个新的。",
        "This Idempotency-Key was used with another request; use a new key.",
    ),
    "idempotency_in_flight": (
        "相同的请求正在处理，请稍后重试。",
        "The same request is still being handled; try again shortly.",
    ),
    # points
    "insufficient_points": (
        "积分不足：可用 {available}，需要 {requested}。",
        "Not enough points: {available} available, {requested} needed.",
    ),
    "order_number_reused": (
        "该订单号已用于另一笔消费，请核对。",
        "This order number was used for another bill; check it.",
    ),
    "rung_not_on_top": ("新等级的成长值须高于 {above}。", "A new tier needs a growth value above {above}."),
    "already_reversed": ("该笔记录已撤销，无需重复操作。", "This was already undone; nothing is left to do."),
    # members
    "phone_invalid": ("手机号格式不正确，请核对后重试。", "This is not a valid phone number; check it."),
    "phone_taken": (
        "该手机号已绑定其他微信账号，请联系门店处理。",
        "This phone belongs to another WeChat account; ask the shop.",
    ),
    "consent_missing": ("请先阅读并同意会员协议。", "Read and accept the membership terms first."),
    "birthday_already_set": (
        "生日只能设置一次，如需修改请联系门店。",
        "The birthday can be set once; ask the shop to change it.",
    ),
    # member code
    "member_code_malformed": ("会员码无法识别，请重新扫描。", "The member code could not be read; scan again."),
    "member_code_expired": (
        "会员码已过期，请顾客刷新后再扫。",
        "The member code has expired; ask the customer to refresh it.",
    ),
    "member_code_used": (
        "该会员码已被使用，请顾客刷新后再扫。",
        "This member code was already used; ask for a fresh one.",
    ),
    "visit_ended": ("本次到店服务已结束，请重新扫描会员码。", "This visit has ended; scan a fresh member code."),
    "self_service": (
        "不能为自己的会员账户办理，请由同事操作。",
        "You may not serve your own membership; ask a colleague.",
    ),
    # gateways
    "wechat_code_invalid": (
        "微信凭证已失效，请重新获取后再试。",
        "The WeChat code is wrong, used or older than five minutes; ask WeChat for a new one.",
    ),
    "wechat_user_blocked": (
        "微信判定该账号存在风险，暂时无法登录，请稍后再试或联系门店。",
        "WeChat holds this account back; try again later or ask the shop.",
    ),
    "wechat_unavailable": ("微信暂时无法连接，请稍后重试。", "WeChat cannot be reached; try again shortly."),
    "wechat_bad_answer": ("微信返回异常，请稍后重试。", "WeChat gave an unreadable answer; try again shortly."),
    "wechat_rejected": ("微信拒绝了本次请求，请联系管理员。", "WeChat refused our request; tell the operator."),
    "wechat_request_invalid": (
        "提交给微信的内容不符合要求，请修改后重试。",
        "WeChat would not take this value; correct it and try again.",
    ),
    "push_refused": ("该回调不是微信发出的，或无法读取。", "This callback is not WeChat's, or cannot be read."),
    "secret_unreadable": ("数据暂时无法读取，请联系管理员。", "Stored data cannot be read; tell the operator."),
    # ledgers, rules, channels
    "hold_ended": (
        "这笔积分占用已结束，请重新发起。",
        "These held points were used or given back already; hold them again.",
    ),
    "hold_too_large": (
        "超出已占用的积分，请按占用数量使用。",
        "More than was held; capture at most the held amount.",
    ),
    "clock_behind": (
        "系统时钟异常，已暂停记账，请联系管理员校准时间。",
        "The server's clock went back; nothing was booked. Ask an operator to set it right.",
    ),
    "reversal_above_original": (
        "冲正金额超过原流水，请核对。",
        "More would be undone than was booked; check the amounts.",
    ),
    "expiry_terms_invalid": (
        "有效期规则无法识别，例如 12M、12M@year、2027-12-31、never。",
        "The expiry terms cannot be read; for example 12M, 12M@year, 2027-12-31, never.",
    ),
    "adjustment_decided": (
        "这笔调整已被处理，请刷新。",
        "This adjustment was decided already; refresh.",
    ),
    "second_person_needed": (
        "需要另一位同事审批，不能审批自己的申请。",
        "A second person must decide; you cannot approve your own request.",
    ),
    "rule_not_active": (
        "该积分规则未生效或已停用。",
        "This earning rule is not in force.",
    ),
    "rule_versions_overlap": (
        "该规则的生效时间与另一版本重叠，请调整时间。",
        "Another version of this rule is in force then; change the dates.",
    ),
    "rule_terms_invalid": (
        "积分规则内容有误，请按提示修改。",
        "The rule's terms are not right; correct the fields named.",
    ),
    "refund_above_paid": (
        "退款金额超过可退金额，请核对。",
        "The refund is more than what is left of the payment; check the amount.",
    ),
    "purchase_not_refundable": (
        "该订单已全额退款或已作废，不能再退。",
        "This purchase was refunded in full or voided; nothing is left to refund.",
    ),
    "refund_number_reused": (
        "该退款单号已用于另一金额，请核对。",
        "This refund number was used with another amount; check it.",
    ),
    "lines_do_not_add_up": (
        "商品明细合计与实付金额不一致，请核对。",
        "The lines do not sum to what was paid; check them.",
    ),
    "purchase_in_future": (
        "订单时间晚于当前时间，请核对。",
        "The purchase lies in the future; check its time.",
    ),
    "signature_invalid": (
        "签名无效，请检查密钥与签名算法。",
        "The signature is not valid; check the key and how the request is signed.",
    ),
    "signature_stale": (
        "请求时间偏差过大，请校准时钟后重新签名。",
        "The timestamp is too far from now; set the clock and sign again.",
    ),
    "nonce_reused": (
        "该请求已提交过，请使用新的 nonce 重新签名。",
        "This request came before; sign again with a fresh nonce.",
    ),
    "ladder_overlaps": (
        "等级门槛必须从 0 起逐级递增，且每个等级一个。",
        "Thresholds must rise with each tier, from 0, one for every tier.",
    ),
    "ladder_not_draft": (
        "该等级方案已启用或已停用，请新建草稿。",
        "Only a draft ladder can be changed or activated; make a new draft.",
    ),
    "ladder_settling": (
        "上一个等级方案仍在生效处理中，请稍后再试。",
        "The last ladder is still being applied to members; try again when it is done.",
    ),
    "makeup_not_possible": (
        "该日期不能补签。",
        "This day cannot be made up for.",
    ),
    "makeup_limit_reached": (
        "本月补签次数已用完。",
        "No make-up check-ins are left this month.",
    ),
}

UNKNOWN = ("操作未完成，请稍后重试。", "This could not be done; try again later.")


def text_for(code: str, data: dict[str, Any], *, english: bool | None = None) -> str:
    """The text of a code in the request's language; `{name}` parts are filled from `data`.

    `english`: as asked for, where there is no request of Flask's to tell."""
    pair = TEXTS.get(code, UNKNOWN)
    text = _in_language(pair) if english is None else pair[english]
    return text.format_map(_Known(data)) if "{" in text else text


def text_for_fault(code: str) -> str:
    """What is wrong with a cell of an imported file, in the request's language."""
    return _in_language(import_messages.FAULTS.get(code, UNKNOWN))


def _in_language(pair: tuple[str, str]) -> str:
    locale = get_locale()
    return pair[1] if locale is not None and locale.language == "en" else pair[0]


class _Known(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "…"
