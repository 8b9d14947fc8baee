"""What people read when something about messages and campaigns is refused: zh-CN, then English, with what to do next."""

TEXTS: dict[str, tuple[str, str]] = {
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
    "email_invalid": ("邮箱格式不正确，请检查。", "This is no e-mail address; check it."),
    "contact_taken": (
        "该邮箱已属于另一位会员，请换一个或到店合并会员。",
        "This address belongs to another member; use another or merge the two at the counter.",
    ),
    "contact_code_wrong": (
        "验证码不正确或已失效，请核对或重新获取。",
        "The code is wrong or no longer valid; check it or ask for a new one.",
    ),
    "delivery_state_conflict": (
        "该消息已被处理，或当前状态不允许此操作，请刷新后查看。",
        "Somebody was first, or this message's state does not allow it; refresh to see it.",
    ),
    "campaign_state_conflict": (
        "活动当前状态不允许此操作，请刷新后查看。",
        "The campaign's state does not allow this; refresh to see it.",
    ),
    "campaign_not_approved": (
        "该活动须由另一位同事审核通过后才能排期，请先提交审核。",
        "A second person must approve this campaign before it is scheduled; submit it for review.",
    ),
    "campaign_changed": (
        "活动在你查看之后又修改并重新提交，请刷新，看过现在的内容再批准。",
        "The campaign was changed and submitted again since you looked; refresh, and approve what you see then.",
    ),
    "campaign_run_state_conflict": (
        "该场次的当前状态不允许此操作，请刷新后查看。",
        "The state of this run does not allow this; refresh to see it.",
    ),
    "recipients_invalid": (
        "有收件人不在职，或未关联自己的会员账户，请按提示修改。",
        "A recipient has left or has no membership of their own linked; mend the people named.",
    ),
}
