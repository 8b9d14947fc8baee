"""What people read when something about coupons is refused: zh-CN first, then English, each saying what to do next."""

TEXTS: dict[str, tuple[str, str]] = {
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
        "自动化的条件有误，请按提示修改。",
        "The automation's conditions are not right; correct the fields named.",
    ),
}
