"""What people read when something is refused: zh-CN first, then English, each saying what to do next."""

from typing import Any

from flask_babel import get_locale

TEXTS: dict[str, tuple[str, str]] = {
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
    # staff
    "sign_in_refused": (
        "账号或密码不正确；忘记密码请联系管理员。",
        "Login or password is not right; an admin can set a new password.",
    ),
    "last_admin": (
        "至少需要保留一名启用的管理员，请先添加另一位。",
        "At least one active admin must remain; appoint another first.",
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
    # coupons
    "batch_exhausted": ("券已领完。", "All coupons of this batch are gone."),
    "budget_exhausted": ("该批次的预算已用完。", "The budget of this batch is used up."),
    "batch_not_open": ("该券当前不在发放中，请留意领取时间。", "This coupon is not given out now; mind its dates."),
    "claim_limit_reached": (
        "已达到领取上限（每人 {per_member_limit} 张），请留意下次发放。",
        "The limit of {per_member_limit} per member is reached; watch for the next offer.",
    ),
    "audience_mismatch": (
        "该券仅限指定等级或指定名单的会员领取。",
        "This coupon is for members of another tier or of a list; look for others that are open to you.",
    ),
    "payer_closed": (
        "承担方“{payer}”已停用，请另选或先启用。",
        "{payer} pays for no new batches; choose another payer or make it active again.",
    ),
    "period_not_over": (
        "该期间尚未结束，请在 {closes_from} 之后结账。",
        "The period is not over; close it from {closes_from} on.",
    ),
    "settlement_out_of_turn": (
        "结算期须首尾相接，请从 {first_on} 开始。",
        "Periods follow each other without a gap; begin this one on {first_on}.",
    ),
    "batch_closed": ("该批次已关闭，请新建批次。", "This batch is closed for good; print a new one."),
    "template_in_use": (
        "该批次已有券发出，条款不能更换，请新建批次。",
        "Coupons of this batch are out, so its terms stay; print a new batch with the other version.",
    ),
    "stock_below_issued": ("库存不能少于已发放的 {issued} 张。", "Stock cannot be below the {issued} already issued."),
    "budget_below_committed": (
        "预算不能低于已发放券的面值总额（{committed_fen} 分）。",
        "The budget cannot be below what is already committed ({committed_fen} fen).",
    ),
    "name_taken": ("名称已被使用，请换一个。", "This name is taken; choose another."),
    "coupon_terms_invalid": (
        "券的条款有误，请按提示修改。",
        "The coupon's terms are not right; correct the fields named.",
    ),
    "coupon_not_usable": ("该券当前不可用，请换一张券。", "This coupon cannot be used; choose another."),
    "coupon_expired": ("该券已过期，请换一张券。", "This coupon has expired; choose another."),
    "coupon_not_started": ("该券尚未到可用时间，请在有效期内使用。", "This coupon is not valid yet; mind its dates."),
    "wrong_store": ("该券不适用于本门店，请换一张券。", "This coupon is not valid at this store; choose another."),
    "minimum_spend_not_met": (
        "消费金额未达到该券的使用门槛，请核对账单或换一张券。",
        "The bill is below the coupon's minimum spend; check it or choose another coupon.",
    ),
    "coupon_not_for_channel": (
        "该券不适用于此渠道，请换一张券。",
        "This coupon is not valid through this channel; choose another.",
    ),
    "coupon_not_for_tier": (
        "该券不适用于当前会员等级，请换一张券。",
        "This coupon is for members of another tier; choose another.",
    ),
    "coupon_not_now": (
        "该券此刻不可用，请在券面所示的日期和时段使用。",
        "This coupon is not valid at this time; mind the days and hours it names.",
    ),
    "first_purchase_only": (
        "该券仅限首次消费使用，请换一张券。",
        "This coupon is for a first purchase only; choose another.",
    ),
    "no_eligible_goods": (
        "账单中没有该券适用的商品，请核对商品或换一张券。",
        "Nothing on the bill is covered by this coupon; check the goods or choose another.",
    ),
    "coupon_held": (
        "该券正在另一次收银中使用，或正在转赠中；请结束那次收银、撤回转赠，或稍后再试。",
        "This coupon is in use at another counter or on its way to a friend; end that visit, take the gift back, or try again"
        " shortly.",
    ),
    "coupons_not_combinable": (
        "这些券不能同时使用，请去掉其中一张。",
        "These coupons cannot be used together; take one of them off.",
    ),
    "coupon_no_effect": (
        "该券在本单中不能再减免，未予核销，请留待下次使用。",
        "This coupon would take nothing off this bill and was not used; keep it for another one.",
    ),
    "coupon_code_malformed": (
        "券码输入有误，请对照券面重新输入（可不输横线）。",
        "This is not how a code looks; type it again from the coupon, with or without dashes.",
    ),
    "coupon_code_invalid": (
        "券码无效或已被使用，请核对后重试。",
        "This code is not valid or was used already; check it and try again.",
    ),
    "coupon_codes_refused": (
        "有 {faults} 行券码不能导入，未导入任何一行；请按行号修改后重新提交。",
        "{faults} lines cannot be taken, so none was; correct the lines named and send the list again.",
    ),
    "batch_not_for_codes": (
        "该批次不是券码批次，请另建一个发放方式为券码的批次。",
        "This batch is not given out by codes; print one that is.",
    ),
    "codes_above_stock": (
        "券码数量超过批次库存（库存 {stock}，已有 {codes}），请先追加库存或减少数量。",
        "More codes than the batch has copies ({stock} in stock, {codes} codes); top up the stock or ask for fewer.",
    ),
    "stock_below_codes": (
        "库存不能少于已生成的券码（{codes} 个），可改为暂停批次。",
        "There are {codes} codes already, so the stock cannot go below that; pause the batch instead.",
    ),
    "code_run_ended": ("该任务已结束，无需取消。", "This run has ended; there is nothing left to cancel."),
    "code_run_not_done": (
        "券码尚未全部生成（{made}/{wanted}），请稍后导出。",
        "Not all codes are made yet ({made} of {wanted}); export them when they are.",
    ),
    "codes_not_kept": (
        "导入的券码只保存校验值，无法再次导出，请使用原文件。",
        "Imported codes are not kept in the clear; use the file they came from.",
    ),
    "coupon_not_transferable": (
        "该券不可转赠：条款不允许或已使用过。",
        "This coupon cannot be given away: its terms do not allow it, or it was used.",
    ),
    "transfer_open": (
        "该券正在转赠中，如需重新分享请先撤回。",
        "This coupon is on its way to a friend; take it back first to share it anew.",
    ),
    "transfer_ended": (
        "该转赠已被领取、撤回或过期，请联系赠送人。",
        "This gift was accepted, taken back or ran out; ask who sent it.",
    ),
    "transfer_to_oneself": (
        "不能领取自己赠出的券，如不再转赠请撤回。",
        "This is your own coupon; take the gift back if you want to keep it.",
    ),
    "already_redeemed": ("该券已被使用，不能重复核销。", "This coupon was already redeemed."),
    "undo_window_passed": ("已超过撤销时限，请店长处理。", "Too late to undo; ask a manager."),
    "staff_limit_reached": (
        "您今日的办理额度（{cap}）已用完，请由同事或店长办理。",
        "Your limit for today ({cap}) is used up; ask a colleague or a manager.",
    ),
    "points_not_accepted": (
        "本单不能这样使用积分（最多 {most_points} 积分），请调整后重试。",
        "Points cannot pay this much here (at most {most_points}); change the number and try again.",
    ),
    "nothing_to_settle": (
        "账单金额为 0 且没有选券，请核对账单或选择一张券。",
        "The bill is nothing and no coupon was chosen; check the bill or choose a coupon.",
    ),
    # issue runs, revocations, lists
    "issue_run_state_conflict": (
        "该发放任务的当前状态不允许此操作，请刷新后查看。",
        "The run's state does not allow this; refresh to see it.",
    ),
    "issue_run_not_covered": (
        "库存或预算不足以发给全部 {members} 位会员，请追加库存与预算，或选择发完为止。",
        "Stock or budget do not cover all {members} members; top the batch up, or ask for a partial run.",
    ),
    "member_list_in_use": (
        "发放任务正在使用该名单，请等待其结束或先取消任务。",
        "A run is going through this list; wait for its end or cancel it first.",
    ),
    "revocation_grew": (
        "将作废 {found} 张，多于您确认的 {expected} 张，请重新查看影响后再提交。",
        "{found} coupons would be revoked, more than the {expected} you were shown; look at the preview again.",
    ),
    "revocation_state_conflict": (
        "该作废任务的当前状态不允许此操作，请刷新后查看。",
        "The revocation's state does not allow this; refresh to see it.",
    ),
    "revocation_undo_passed": (
        "作废已超过一小时，不能恢复，请另行补发。",
        "This was revoked more than an hour ago and stays so; issue new coupons instead.",
    ),
    "batch_being_revoked": (
        "该批次的券正在作废，请待完成后再启用。",
        "Coupons of this batch are being revoked; open it again when that is done.",
    ),
    "price_changed": (
        "该券现在需要 {points_price} 积分，与您看到的不同，请确认后重新兑换。",
        "It costs {points_price} points now, not what you were shown; look again before you take it.",
    ),
    "automation_conditions_invalid": (
        "自动发券的条件有误，请按提示修改。",
        "The automation's conditions are not right; correct the fields named.",
    ),
    # messages
    "message_fields_invalid": (
        "消息内容不符合微信模板要求，请按字段提示修改。",
        "The message does not fit WeChat's template; mend the fields named.",
    ),
    "message_template_taken": (
        "该模板编码或微信模板 ID 已被使用。",
        "Another template already has this code or WeChat template id.",
    ),
    "message_template_disabled": (
        "该消息模板已停用，请启用或换一个。",
        "This message template is switched off; switch it on or choose another.",
    ),
    "campaign_state_conflict": (
        "活动当前状态不允许此操作，请刷新后查看。",
        "The campaign's state does not allow this; refresh to see it.",
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


def text_for(code: str, data: dict[str, Any]) -> str:
    """The text of a code in the request's language; `{name}` parts are filled from `data`."""
    chinese, english = TEXTS.get(code, UNKNOWN)
    locale = get_locale()
    text = english if locale is not None and locale.language == "en" else chinese
    return text.format_map(_Known(data)) if "{" in text else text


class _Known(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "…"
