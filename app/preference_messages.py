"""What people read when something about topics and preferences is refused: zh-CN first, then English, each saying what to do."""

TEXTS: dict[str, tuple[str, str]] = {
    "channel_unknown": (
        "该主题不通过这个渠道发送，请从列出的渠道中选择。",
        "This topic does not come by that channel; choose one of those listed.",
    ),
    "topic_required": (
        "该主题是门店必须告知的内容，无法关闭；其他主题可以关闭。",
        "The shop owes you these messages, so they stay on; the other topics can be switched off.",
    ),
    "topic_taken": ("主题编码已被使用，请换一个。", "This topic code is taken; choose another."),
    "topic_in_use": (
        "该主题已有消息模板，不能改为无需营销同意；请新建主题并更换模板的主题。",
        "Templates of this topic exist, so it keeps needing marketing consent; make a new topic and move the templates.",
    ),
}
