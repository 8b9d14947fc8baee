"""Words of messages and their channels."""

from blueprints.pages.words import Pair

CHANNELS: dict[str, Pair] = {
    "subscribe": Pair("小程序订阅消息", "Subscribe message"),
    "oa_template": Pair("服务号模板消息", "Official account"),
    "sms": Pair("短信", "SMS"),
    "email": Pair("邮件", "E-mail"),
}
# rules/message_text names what every message knows.
PROBLEMS: dict[str, Pair] = {
    "not_in_account": Pair("微信账号中没有这个模板", "the account has no such template"),
    "not_one_time": Pair("不是一次性订阅模板", "it is no one-time template"),
    "title": Pair("标题不一致", "the titles differ"),
    "field_missing": Pair("缺少字段", "a field is missing"),
    "field_unknown": Pair("多出字段", "a field WeChat does not know"),
    "choices": Pair("可选值不一致", "the choices differ"),
}
