"""What a clerk reads when something at the counter is refused: zh-CN first, then English, each saying what to do next."""

TEXTS: dict[str, tuple[str, str]] = {
    "input_not_recognised": (
        "无法识别：请扫描会员码或券码，或输入手机号或其后四位。",
        "Not recognised: scan a member code or a coupon code, or type a phone or its last four digits.",
    ),
    "frame_unreadable": (
        "图片无法读取，请对准二维码重新拍摄（JPEG，不超过 640×480）。",
        "The picture cannot be read; aim at the code again (JPEG, at most 640 by 480).",
    ),
    "shift_ended": (
        "该班次的状态已变化，请刷新后查看。",
        "This shift has moved on; refresh to see where it stands.",
    ),
    "shift_acknowledged": (
        "该班次已有人接班，无需重复确认。",
        "Somebody took this shift over already; nothing is left to do.",
    ),
}
