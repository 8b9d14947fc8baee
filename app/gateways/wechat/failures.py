"""WeChat's failures as coded errors. None of them carries a token, a secret, an openid or a phone number."""

from app.errors import GatewayFailed, InvalidInput, NotAllowed, Unavailable

LOGIN_AGAIN = "call_wx_login_again"
PHONE_AGAIN = "ask_for_the_phone_again"


class WeChatCodeRefused(InvalidInput):
    """The code is wrong, used or older than five minutes. data: advice, one of LOGIN_AGAIN and PHONE_AGAIN."""

    code = "wechat_code_invalid"


class WeChatUserBlocked(NotAllowed):
    """WeChat counts this user as high-risk (40226) and gives no identity."""

    code = "wechat_user_blocked"


class WeChatUnavailable(Unavailable):
    """WeChat cannot be reached, is busy, or a quota is used up. data: reason, retry_after_seconds."""

    code = "wechat_unavailable"


class WeChatTalkedNonsense(GatewayFailed):
    """The answer is not what the interface promises. data: reason."""

    code = "wechat_bad_answer"


class WeChatRejected(GatewayFailed):
    """WeChat refused a well-formed call with an errcode that is ours to mend. data: errcode, reason."""

    code = "wechat_rejected"


class WeChatRequestInvalid(InvalidInput):
    """Refused here, before any call: data: field, reason."""

    code = "wechat_request_invalid"


class PushRefused(NotAllowed):
    """A callback that WeChat did not send, or that cannot be read. data: reason."""

    code = "push_refused"
