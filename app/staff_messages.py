"""What people of the staff read when their own sign-in is refused: zh-CN first, then English, each saying what to do."""

TEXTS: dict[str, tuple[str, str]] = {
    "sign_in_refused": (
        "账号或密码不正确；忘记密码请联系管理员。",
        "Login or password is not right; an admin can set a new password.",
    ),
    "last_admin": (
        "至少需要保留一名启用的管理员，请先添加另一位。",
        "At least one active admin must remain; appoint another first.",
    ),
    "second_step_needed": (
        "密码正确。请输入验证器应用上的 6 位动态码，或一个恢复码。",
        "The password is right. Enter the six digits of your authenticator app, or a recovery code.",
    ),
    "second_step_refused": (
        "动态码不正确、已使用或已过期；请等待下一个动态码后重试，登录超时请重新登录。",
        "The code is wrong, used or out of date; wait for the next one, or sign in again when the sign-in has timed out.",
    ),
    "second_step_wrong": (
        "动态码不正确或已使用；请等待下一个动态码，并检查手机时间是否自动校准。",
        "The code is wrong or was used; wait for the next one, and let your phone set its clock by itself.",
    ),
    "second_step_missing": (
        "您的角色必须启用两步验证；请先在“我的账号”中设置。",
        "Your role needs a second step at sign-in; set it up under My account first.",
    ),
    "second_step_on": (
        "两步验证已启用；如需更换手机，请先停用。",
        "The second step is on already; turn it off first to move it to another phone.",
    ),
    "second_step_off": (
        "尚未开始设置两步验证；请先开始设置。",
        "No second step is set up here; begin with setting it up.",
    ),
    "second_step_required": (
        "您的角色必须启用两步验证，不能停用；更换手机请联系管理员重置。",
        "Your role must keep the second step; to change phones, ask an admin to reset it.",
    ),
    "password_wrong": ("当前密码不正确，请重新输入。", "The present password is not right; type it again."),
    "password_unfit": (
        "新密码不能与旧密码相同，也不能包含账号名；请换一个。",
        "The new password must differ from the old one and must not contain the login; choose another.",
    ),
}
