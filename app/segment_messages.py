"""What people read when a segment or a tag is refused: zh-CN first, then English."""

from typing import Final

TEXTS: Final[dict[str, tuple[str, str]]] = {
    "segment_rule_invalid": (
        "分群规则有误，请按所示位置修改。",
        "The segment's rule is not right; correct the places named.",
    ),
    "lifecycle_invalid": (
        "会员生命周期的天数设置有误，请按提示修改。",
        "The days that divide members' life with the shop are not right; correct the fields named.",
    ),
    "member_list_follows": (
        "该名单由分群自动维护，不能手工修改，请修改分群或另建名单。",
        "A segment keeps this list; change the segment, or make a list of your own.",
    ),
    "segment_unknown_names": (
        "规则中引用的内容不存在（如标签、等级、门店），请核对后修改。",
        "The rule names a tag, a tier, a store or the like that does not exist; check the names given.",
    ),
    "segment_too_slow": (
        "统计耗时过长，请简化规则（如缩短天数、减少条件）后重试。",
        "Counting takes too long; make the rule simpler (fewer days, fewer questions) and try again.",
    ),
    "segment_archived": (
        "该分群已归档，请另选或新建一个分群。",
        "This segment is archived; choose another or make a new one.",
    ),
}
