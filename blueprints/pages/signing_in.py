"""The sign-in and sign-out of a door's pages; `make` hangs them behind a door."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from apiflask import APIBlueprint
from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import InputRequired

from blueprints.identity import allow
from blueprints.pages import api, page_session
from blueprints.pages.api import ApiRefusal
from blueprints.pages.door import local_path
from blueprints.pages.forms import PageForm
from blueprints.pages.words import Pair

TEMPLATE, SECOND_STEP = "pages/sign_in.html", "pages/second_step.html"
GONE_ALREADY = (401, 403)
NEEDED = InputRequired(message=Pair("请填写。", "Fill this in."))


class ConsoleSignIn(PageForm):
    """Who signs in at the console."""

    login = StringField(Pair("账号", "Login"), validators=[NEEDED])
    password = PasswordField(Pair("密码", "Password"), validators=[NEEDED])


class CounterSignIn(ConsoleSignIn):
    """Who signs in at the counter of a store."""

    store_code = StringField(Pair("门店编号", "Store code"), validators=[NEEDED])


class SecondStep(PageForm):
    """The code after the password; the challenge says whose."""

    challenge = HiddenField(validators=[NEEDED])
    second_step_code = StringField(Pair("动态码或恢复码", "Code or recovery code"), validators=[NEEDED])


@dataclass(frozen=True)
class SignInPages:
    """The form of a door, entering and leaving."""

    door: str
    form_class: type[ConsoleSignIn]

    def show(self) -> ResponseReturnValue:
        """The form; whoever is signed in already is led on."""
        if page_session.signed_in(self.door) is not None:
            return redirect(_onward(self.door), code=303)
        return render_template(TEMPLATE, form=self.form_class())

    def enter(self) -> ResponseReturnValue:
        """Sign in through the API and remember its token."""
        form = self.form_class()
        if not form.validate():
            return render_template(TEMPLATE, form=form), 422
        try:
            answer = api.post("/sessions", _given(form))
        except ApiRefusal as refusal:
            if refusal.code == "second_step_needed":
                asked = SecondStep(formdata=None, data={"challenge": refusal.data["challenge"]})
                return render_template(SECOND_STEP, form=asked)
            form.form_errors = [*form.form_errors, refusal.message]
            return render_template(TEMPLATE, form=form), refusal.status
        return self._in(answer)

    def second_step(self) -> ResponseReturnValue:
        """Go on with a code; a sign-in that took too long begins again."""
        form = SecondStep()
        if not form.validate():
            return render_template(SECOND_STEP, form=form), 422
        body = {"challenge": form.challenge.data, "second_step_code": "".join(str(form.second_step_code.data).split())}
        try:
            answer = api.post("/sessions/second-step", body)
        except ApiRefusal as refusal:
            if refusal.data.get("is_over"):
                flash(refusal.message, "danger")
                return redirect(url_for(f"{self.door}_pages.signing_in.show"), code=303)
            form.form_errors = [*form.form_errors, refusal.message]
            return render_template(SECOND_STEP, form=form), refusal.status
        return self._in(answer)

    def _in(self, answer: dict[str, Any]) -> ResponseReturnValue:
        page_session.sign_in(self.door, answer=answer)
        if answer["staff"]["must_set_up_second_step"]:
            return redirect(url_for(f"{self.door}_pages.own_account.show"), code=303)
        return redirect(_onward(self.door), code=303)

    def leave(self) -> ResponseReturnValue:
        """End the sign-in, at the API too."""
        if page_session.signed_in(self.door) is not None:
            try:
                api.delete("/sessions/current")
            except ApiRefusal as refusal:
                if refusal.status not in GONE_ALREADY:
                    raise
        page_session.sign_out(self.door)
        return redirect(url_for(f"{self.door}_pages.signing_in.show"), code=303)


def make(door: str, form_class: type[ConsoleSignIn]) -> APIBlueprint:
    """Hang the pages of a door."""
    bp = APIBlueprint("signing_in", __name__, enable_openapi=False, template_folder="templates")
    pages = SignInPages(door, form_class)
    bp.add_url_rule("/sign-in", "show", _for_anyone(pages.show), methods=["GET"])
    bp.add_url_rule("/sign-in", "enter", _for_anyone(pages.enter), methods=["POST"])
    bp.add_url_rule("/sign-in/second-step", "second_step", _for_anyone(pages.second_step), methods=["POST"])
    bp.add_url_rule("/sign-out", "leave", _for_anyone(pages.leave), methods=["POST"])
    return bp


def _for_anyone(view: Callable[[], ResponseReturnValue]) -> Callable[[], ResponseReturnValue]:
    @wraps(view)
    def call() -> ResponseReturnValue:
        return view()

    return allow("anyone")(call)


def _given(form: ConsoleSignIn) -> dict[str, Any]:
    return {name: field.data for name, field in form._fields.items() if name not in ("key", "csrf_token")}


def _onward(door: str) -> str:
    return local_path(request.args.get("next"), door=door) or url_for(f"{door}_pages.home.show")
