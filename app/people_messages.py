"""What people read when something about a member's own data is refused: zh-CN first, then English, each saying what to do."""

TEXTS: dict[str, tuple[str, str]] = {
    "erasure_waiting": (
        "其中一位会员已申请注销，不能合并；请先由会员本人撤回申请，或等注销完成。",
        "One of the two asked to be forgotten, so they cannot become one; wait for it, or for the member to take it back.",
    ),
    "erasure_ended": (
        "该注销申请已撤回或已完成，请刷新查看最新状态。",
        "This request was taken back or carried out already; refresh to see how it stands.",
    ),
}
