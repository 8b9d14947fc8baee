"""What people read about a file of members that cannot be taken, as a whole or line by line: zh-CN first, then English."""

from typing import Final

TEXTS: Final[dict[str, tuple[str, str]]] = {
    "import_unreadable": (
        "第 {line} 行起无法读取该文件，请用模板另存为 CSV（UTF-8 或 GB18030）后重试。",
        "The file cannot be read from line {line} on; save it as CSV (UTF-8 or GB18030) by the template and try again.",
    ),
    "import_state_conflict": (
        "该导入当前状态不允许此操作，请刷新后查看进度。",
        "The import is not in a state for this; refresh and look how far it is.",
    ),
    "import_has_faults": (
        "有 {faulty} 行无法导入：请修改文件后重新上传，或选择跳过这些行。",
        "{faulty} lines cannot be taken: correct the file and upload it again, or choose to leave them out.",
    ),
    "import_empty": (
        "没有可导入的会员（{known} 行已是会员，{faulty} 行有误），请核对文件。",
        "No line would make a member ({known} are members already, {faulty} are wrong); check the file.",
    ),
}

# Why a line was not taken, or why what it made could not be undone.
FAULTS: Final[dict[str, tuple[str, str]]] = {
    "phone_missing": ("缺少手机号，请补上。", "The phone is missing; add it."),
    "phone_invalid": (
        "手机号无效；若显示为科学计数，请把该列设为文本后重新填写。",
        "Not a valid phone; if it looks like 1.38E+10, make the column text and fill it in again.",
    ),
    "phone_repeated": (
        "该手机号在文件前面已出现，请删去其中一行。",
        "An earlier line has this phone; remove one of the two.",
    ),
    "too_long": ("内容过长，请缩短。", "Too long; shorten it."),
    "control_character": ("含有无法显示的字符，请删去。", "Holds characters that cannot be shown; remove them."),
    "date_invalid": (
        "日期无法识别，请写成 1990-03-05（生日也可写 03-05）。",
        "Not a date; write 1990-03-05 (a birthday also as 03-05).",
    ),
    "year_missing": ("请写明年份，如 2021-06-18。", "Give the year too, as 2021-06-18."),
    "year_out_of_range": ("年份早于 2000 年，请核对。", "The year is before 2000; check it."),
    "date_ahead": ("日期在今天之后，请核对。", "The date is still to come; check it."),
    "not_whole": ("请填写 0 或正整数。", "Write a whole number, 0 or more."),
    "too_large": ("数值过大，请核对。", "Too large; check it."),
    "too_many_tags": ("标签最多 10 个，请减少。", "At most 10 tags; take some away."),
    "tier_unknown": ("没有这个等级，请填写等级代码或名称。", "No such tier; write its code or name."),
    "store_unknown": ("没有这家门店或已停用，请填写门店编号。", "No such open store; write its code."),
    "unreadable": ("该行已无法解读，请重新上传文件。", "The line can no longer be read; upload the file again."),
    "already_member": ("该手机号已是会员，未作改动。", "This phone is a member's already; nothing was changed."),
    "signed_in": (
        "会员已使用微信登录或留下了自己的设置。",
        "The member has signed in or made choices of their own since.",
    ),
    "bought": ("会员已有消费、签到或券。", "The member has bought, checked in or got coupons since."),
    "ledger_moved": ("导入后积分或成长值已有变动。", "Points or growth have moved since the import."),
    "messaged": ("已向会员发送过消息。", "The member has been sent messages since."),
    "noted": ("员工已为该会员写下备注。", "Staff have written a note about the member since."),
    "erased": ("会员资料已按本人要求删除。", "The member's data has been erased at their request."),
    "merged": ("已与另一位会员合并。", "The member has become one with another since."),
    "staff": ("该会员是本店员工。", "The member is one of the staff."),
}
