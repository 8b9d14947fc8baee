"""The demo templates every sandbox starts with, and the public library `addtemplate` picks keywords from. Data only."""

from sandbox.template_book import ONE_TIME, Keyword, Template

BIRTHDAY = "TPL_BIRTHDAY_DEMO"
PROMOTION = "TPL_PROMOTION_DEMO"
POINTS = "TPL_POINTS_DEMO"
COUPON = "TPL_COUPON_DEMO"
OFFICIAL_COUPON = "TPL_OFFICIAL_COUPON_DEMO"

CATEGORIES = [{"id": 307, "name": "服装/鞋/箱包"}, {"id": 616, "name": "线下零售"}]

DEMO_TEMPLATES = (
    Template(
        BIRTHDAY,
        "生日礼遇提醒",
        (
            Keyword("thing1", "活动名称", "生日专享礼"),
            Keyword("date2", "生日日期", "2026年10月1日"),
            Keyword("thing3", "礼遇内容", "20元生日礼券"),
            Keyword("thing4", "温馨提示", "到店出示会员码即可使用"),
        ),
    ),
    Template(
        PROMOTION,
        "优惠活动通知",
        (
            Keyword("thing1", "活动名称", "冬季会员日"),
            Keyword("thing2", "活动内容", "全场满100减20"),
            Keyword("time3", "活动时间", "2026年12月1日 10:00~2026年12月3日 22:00"),
            Keyword("thing4", "温馨提示", "数量有限，先到先得"),
        ),
    ),
    Template(
        POINTS,
        "积分到期提醒",
        (
            Keyword("thing1", "会员名称", "回头会员"),
            Keyword("number2", "到期积分", "120"),
            Keyword("date3", "到期日期", "2026年12月31日"),
            Keyword("thing4", "温馨提示", "积分到期后将自动清零"),
        ),
    ),
    Template(
        COUPON,
        "优惠券到期提醒",
        (
            Keyword("thing1", "优惠券名称", "满100减20券"),
            Keyword("amount2", "优惠金额", "¥20.00"),
            Keyword("date3", "到期时间", "2026年12月31日"),
            Keyword("phrase4", "券状态", "即将到期", enum=("即将到期", "今日到期")),
        ),
    ),
)

# The official account's own template, reachable with its own token only.
OFFICIAL_TEMPLATES = (
    Template(
        OFFICIAL_COUPON,
        "优惠券到账通知",
        (Keyword("thing1", "优惠券名称", "满100减20券"), Keyword("time2", "到账时间", "2026年12月1日 10:00")),
        type=ONE_TIME,
        official=True,
    ),
)

# tid → (title, category id, [(kid, name, rule, example)])
LIBRARY: dict[str, tuple[str, int, list[tuple[int, str, str, str]]]] = {
    "401": (
        "会员权益提醒",
        616,
        [
            (1, "活动名称", "thing", "生日礼"),
            (2, "日期", "date", "2026年10月1日"),
            (3, "温馨提示", "thing", "到店可用"),
        ],
    ),
    "402": (
        "积分变动提醒",
        616,
        [
            (1, "变动积分", "number", "120"),
            (2, "变动时间", "time", "2026年10月1日 15:01"),
            (3, "变动原因", "thing", "到店消费"),
        ],
    ),
    "403": (
        "优惠券领取成功通知",
        307,
        [
            (1, "优惠券名称", "thing", "满100减20券"),
            (2, "优惠金额", "amount", "¥20.00"),
            (3, "券码", "character_string", "A1B2C3D4"),
            (4, "有效期", "date", "2026年12月31日"),
        ],
    ),
}
