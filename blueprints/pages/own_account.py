"""One's own account, at the counter and at the console alike: second step, sign-ins, password; `make` hangs it behind a door."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any
from uuid import UUID

import segno
from apiflask import APIBlueprint
from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import EqualTo, InputRequired, Length, Regexp

from blueprints.identity import allow
from blueprints.pages import api, page_session
from blueprints.pages.api import ApiRefusal
from blueprints.pages.forms import PageForm, act
from blueprints.pages.words import Pair, t

NEEDED = InputRequired(message=Pair("请填写。", "Fill this in."))
SIX_DIGITS = Regexp(r"^\s*[0-9]{3}\s?[0-9]{3}\s*$", message=Pair("请输入 6 位数字。", "Enter the six digits."))
URI = Regexp(r"^otpauth://totp/[!-~]+$")
HERE = "own_account"


class PasswordForm(PageForm):
    """One's own password."""

    current_password = PasswordField(Pair("当前密码", "Present password"), validators=[NEEDED])
    new_password = PasswordField(
        Pair("新密码", "New password"),
        validators=[NEEDED, Length(min=10, max=200, message=Pair("至少 10 位。", "At least ten characters."))],
    )
    again = PasswordField(
        Pair("再输入一次新密码", "The new password once more"),
        validators=[EqualTo("new_password", message=Pair("两次输入不一致。", "The two differ."))],
    )


class StartForm(PageForm):
    """Before a second step is set up."""

    password = PasswordField(Pair("当前密码", "Present password"), validators=[NEEDED])


class ConfirmForm(PageForm):
    """The first code; what the page showed comes along, so that it can be shown again."""

    uri = HiddenField(validators=[NEEDED, URI])
    secret = HiddenField(validators=[NEEDED, Regexp(r"^[A-Z2-7]+$")])
    second_step_code = StringField(
        Pair("应用上的 6 位动态码", "The six digits of the app"), validators=[NEEDED, SIX_DIGITS]
    )


class CodeForm(PageForm):
    """A code of the app, or a recovery code."""

    second_step_code = StringField(Pair("动态码或恢复码", "Code or recovery code"), validators=[NEEDED])


@dataclass(frozen=True)
class OwnAccountPages:
    """The pages behind a door."""

    door: str

    def show(self) -> ResponseReturnValue:
        """All of it on one page."""
        return self._page(PasswordForm(), StartForm(), CodeForm())

    def change_password(self) -> ResponseReturnValue:
        """Other sign-ins end."""
        form = PasswordForm()
        body = {"current_password": form.current_password.data, "new_password": form.new_password.data}
        if form.validate() and self._done(form, lambda: api.post("/me/password", body)):
            flash(
                t("密码已更改，其他设备已退出登录。", "The password is changed; other devices are signed out."),
                "success",
            )
            return self._back()
        return self._page(form, StartForm(), CodeForm()), 422

    def start(self) -> ResponseReturnValue:
        """Show the secret, once."""
        form = StartForm()
        fresh: dict[str, Any] = {}
        if form.validate() and self._done(
            form, lambda: fresh.update(api.post("/me/second-step", {"password": form.password.data}))
        ):
            asked = ConfirmForm(formdata=None, data={"uri": fresh["otpauth_uri"], "secret": fresh["secret"]})
            return _to_scan(asked)
        return self._page(PasswordForm(formdata=None), form, CodeForm(formdata=None)), 422

    def confirm(self) -> ResponseReturnValue:
        """Turn it on and show the recovery codes, once."""
        form = ConfirmForm()
        found: dict[str, Any] = {}
        if form.validate() and self._done(
            form, lambda: found.update(api.post("/me/second-step/confirmation", {"second_step_code": _plain(form)}))
        ):
            return render_template("pages/recovery_codes.html", codes=found["recovery_codes"], is_new=True)
        if form.uri.errors or form.secret.errors:
            return self._back()
        return _to_scan(form), 422

    def renew_codes(self) -> ResponseReturnValue:
        """New recovery codes in place of the old ones."""
        form = CodeForm()
        found: dict[str, Any] = {}
        if form.validate() and self._done(
            form, lambda: found.update(api.post("/me/second-step/recovery-codes", {"second_step_code": _plain(form)}))
        ):
            return render_template("pages/recovery_codes.html", codes=found["recovery_codes"], is_new=False)
        return self._page(PasswordForm(formdata=None), StartForm(formdata=None), form), 422

    def turn_off(self) -> ResponseReturnValue:
        """Without a second step from now on."""
        form = CodeForm()
        if form.validate() and self._done(
            form, lambda: api.post("/me/second-step/removal", {"second_step_code": _plain(form)})
        ):
            flash(t("两步验证已停用。", "The second step is off."), "success")
            return self._back()
        return self._page(PasswordForm(formdata=None), StartForm(formdata=None), form), 422

    def end_session(self, session_id: UUID) -> ResponseReturnValue:
        """Another device is signed out."""
        return act(
            lambda _: api.delete(f"/me/sessions/{session_id}"),
            done=Pair("该设备已退出登录。", "That device is signed out."),
            to=self._here(),
        )

    def end_all(self) -> ResponseReturnValue:
        """Everywhere, here too."""
        api.delete("/me/sessions")
        page_session.sign_out(self.door)
        flash(t("已退出所有设备。", "You are signed out everywhere."), "success")
        return redirect(url_for(f"{self.door}_pages.signing_in.show"), code=303)

    def _page(self, password_form: PasswordForm, start_form: StartForm, code_form: CodeForm) -> str:
        return render_template(
            "pages/own_account.html",
            me=api.get("/me"),
            second_step=api.get("/me/second-step"),
            sessions=api.get("/me/sessions")["data"],
            password_form=password_form,
            start_form=start_form,
            code_form=code_form,
        )

    def _done(self, form: PageForm, do: Callable[[], Any]) -> bool:
        try:
            do()
        except ApiRefusal as refusal:
            form.take(refusal)
            return False
        return True

    def _here(self) -> str:
        return url_for(f"{self.door}_pages.{HERE}.show")

    def _back(self) -> ResponseReturnValue:
        return redirect(self._here(), code=303)


def make(door: str, *roles: str) -> APIBlueprint:
    """Hang the pages of a door, for its roles."""
    bp = APIBlueprint(HERE, __name__, enable_openapi=False)
    pages = OwnAccountPages(door)
    for rule, view, method in (
        ("/account", pages.show, "GET"),
        ("/account/password", pages.change_password, "POST"),
        ("/account/second-step", pages.start, "POST"),
        ("/account/second-step/confirmation", pages.confirm, "POST"),
        ("/account/second-step/recovery-codes", pages.renew_codes, "POST"),
        ("/account/second-step/removal", pages.turn_off, "POST"),
        ("/account/sessions/<uuid:session_id>/end", pages.end_session, "POST"),
        ("/account/sessions/end-all", pages.end_all, "POST"),
    ):
        bp.add_url_rule(rule, view.__name__, _for(roles, view), methods=[method])
    return bp


def _for(roles: tuple[str, ...], view: Callable[..., ResponseReturnValue]) -> Callable[..., ResponseReturnValue]:
    @wraps(view)
    def call(**kwargs: Any) -> ResponseReturnValue:
        return view(**kwargs)

    return allow(*roles)(call)


def _to_scan(form: ConfirmForm) -> str:
    # A Micro QR, which make() may choose, is read by no phone.
    drawn = segno.make_qr(str(form.uri.data), error="m").svg_inline(scale=4, border=4, light="#fff", omitsize=True)
    return render_template("pages/second_step_set_up.html", form=form, qr=Markup(drawn))  # noqa: S704  (segno's own drawing)


def _plain(form: ConfirmForm | CodeForm) -> str:
    return "".join(str(form.second_step_code.data).split())
