"""WeChat's error codes with the texts it sends. An error is HTTP 200 with `errcode` and `errmsg`."""

NOT_LATEST = (
    "invalid credential, access_token is invalid or not latest, could get access_token by getStableAccessToken, "
    "more details at https://mmbizurl.cn/s/JtxxFh33r"
)
TEXTS: dict[int, str] = {
    -1: "system error",
    40001: NOT_LATEST,
    40002: "invalid grant_type",
    40003: "invalid openid",
    40013: "invalid appid",
    40014: "invalid access_token",
    40029: "invalid code",
    40037: "invalid template_id",
    40066: "invalid url",
    40097: "invalid args",
    40125: "invalid appsecret",
    40129: "invalid scene",
    40163: "code been used",
    40164: "invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist",
    40169: "invalid length for scene, or the data is not json string",
    40226: "code blocked",
    40243: "AppSecret is frozen",
    41001: "access_token missing",
    41002: "appid missing",
    41004: "appsecret missing",
    41008: "missing code",
    41030: "invalid page",
    42001: "access_token expired",
    43001: "require GET method",
    43002: "require POST method",
    43004: "require subscribe",
    43101: "user refuse to accept the msg",
    43104: "appid and openid does not match",
    43107: "subscribe message ability or template is banned",
    43108: "Cannot make concurrent calls to the same OpenID, please try again",
    44002: "empty post data",
    45009: "reach max api daily quota limit",
    45011: "api minute-quota reach limit  mustslower  retry next minute",
    45109: "this api has been withdrawn",
    45168: "message contains sensitive words",
    47001: "data format error",
    47003: "argument invalid!",
    48001: "api unauthorized",
    48006: "forbid to clear quota because of reaching the limit",
    50002: "user limited",
    61010: "code is expired",
    85096: "not allow include scancode_time field",
    87009: "invalid signature",
    87014: "risky content",
    200011: "this account has been banned, it cannot be operated",
    200014: "template not found",
    200020: "keyword count should be between 2 and 5",
    200021: "invalid scene description",
    200022: "template has been added",
}


class WxError(Exception):
    """One refusal in WeChat's words; `text` replaces the usual wording of `code`."""

    def __init__(self, code: int, text: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.text = text or TEXTS.get(code, "unknown error")
