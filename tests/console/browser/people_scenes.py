"""Signing in, the own account, people, and pages of errors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from adapters.console.site import context
from adapters.console.site.heavy_requests import IN_ALL
from gateway.people.permissions import Role
from gateway.runtime.errors import GatewayError
from tests.console.browser.chromium import OTHER_HOST
from tests.console.browser.scene import REASON, scene
from tests.console.browser.stage import Stage


@scene("real", None)
def sign_in_mistake(stage: Stage) -> None:
    stage.go("/sign-in")
    stage.page.locator('main [name="code"]').evaluate("(each) => each.removeAttribute('required')")
    form = stage.page.locator('main form[action$="/sign-in"]')
    form.locator('[name="login"]').fill("nobody")
    form.locator('[name="password"]').fill("wrong password")
    with stage.page.expect_navigation():
        form.locator("button").click()


@scene("real", None)
def welcome_mistake(stage: Stage) -> None:
    stage.go("/welcome")
    stage.send("/welcome", login="invited-1", **{"one-time-code": "ABCD-EFGH"})


@scene("real", None)
def welcome_offer(stage: Stage) -> None:
    stage.go("/welcome")
    stage.send("/welcome", login="invited-1", **{"one-time-code": stage.at.named["invited"]})


@scene("real", None)
def welcome_password_mistake(stage: Stage) -> None:
    welcome_offer(stage)
    stage.send("/welcome/enrol", password="short", again="other", code="123456")


@scene("real", "officer")
def account(stage: Stage) -> None:
    stage.go("/account?done=sessions")


@scene("real", "officer")
def account_password_mistake(stage: Stage) -> None:
    stage.go("/account/password")
    stage.send("/password", present="wrong", password="a good long password", again="another one")


@scene("real", "officer")
def account_second_factor(stage: Stage) -> None:
    stage.go("/account/second-factor")


@scene("real", "officer")
def person_mistake(stage: Stage) -> None:
    stage.go("/people/new")
    stage.page.locator('[id="role-auditor"]').check()
    stage.send("/people/new", name="رضا صادقی", login="officer-1", reason=REASON)


@scene("real", "officer")
def person_invited(stage: Stage) -> None:
    number = len(list(stage.at.installation.store().people.all()))
    stage.go("/people/new")
    stage.page.locator('[id="role-operator"]').check()
    stage.send("/people/new", name="رضا صادقی", login=f"operator-{number}", reason=REASON)


@scene("real", "officer")
def person_of_officer(stage: Stage) -> None:
    person = stage.at.installation.store().people.by_login("invited-1")
    assert person is not None
    stage.go(f"/people/{person.id}")


@scene("real", "officer")
def people(stage: Stage) -> None:
    stage.go("/people")


# Errors.
@scene("lived", Role.OPERATOR)
def error_403(stage: Stage) -> None:
    stage.go("/people/new", 403)


@scene("lived", Role.OPERATOR)
def error_404(stage: Stage) -> None:
    stage.go("/nowhere", 404)


@scene("lived", None)
def error_421(stage: Stage) -> None:
    answer = stage.page.goto(stage.at.address.replace("127.0.0.1", OTHER_HOST))
    assert answer is not None
    assert answer.status == 421


@scene("lived", Role.AUDITOR)
def error_429(stage: Stage) -> None:
    with _held(stage, [f"id-of-{Role.AUDITOR}"] * 2):
        stage.go("/audit/records/x", 429)


@scene("lived", Role.AUDITOR)
def error_503(stage: Stage) -> None:
    with _held(stage, [f"person-{number}" for number in range(IN_ALL)]):
        stage.go("/audit/records/x", 503)


@contextmanager
def _held(stage: Stage, people: list[str]) -> Iterator[None]:
    with stage.at.app.app_context():
        heavy = context.parts().heavy
    with ExitStack() as held:
        for person in people:
            held.enter_context(heavy.slot(person))
        yield


@scene("lived", Role.OPERATOR)
def error_500(stage: Stage) -> None:
    _raising(stage, ZeroDivisionError("a mistake of the program"), 500)


@scene("lived", Role.OPERATOR)
def error_of_gateway(stage: Stage) -> None:
    _raising(stage, GatewayError("store.unavailable", detail="connection refused"), 503)


def _raising(stage: Stage, error: Exception, status: int) -> None:
    views, name = stage.at.app.view_functions, "accessibility.statement"

    def broken() -> str:
        raise error

    broken.needed_permission = views[name].needed_permission  # type: ignore[attr-defined]
    kept, views[name] = views[name], broken
    try:
        stage.go("/accessibility", status)
    finally:
        views[name] = kept
