"""People sign in at a provider that others wrote; tokens that are wrong in one way let nobody in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest

from adapters.people.openid.pending_sign_in import VALID_FOR
from gateway.runtime.errors import CATALOGUE
from tests.console.test_people_page import act_of
from tests.openid.openid_console import PENDING, SESSION, Browser, OpenIdConsole, onward
from tests.openid.provider_process import REDIRECT, Provider
from tests.peers.npm import needs_node

pytestmark = needs_node


def assert_refused(browser: Browser, answer: object, code: str) -> None:
    assert answer.status_code == 422, answer.text[-1500:]  # type: ignore[attr-defined]
    assert CATALOGUE[code].fa in answer.text  # type: ignore[attr-defined]
    assert browser.cookie(PENDING) is None, "the sign-in counts once"
    assert not browser.is_signed_in


def test_an_invited_person_links_the_account_and_signs_in_there(console: OpenIdConsole, provider: Provider) -> None:
    browser = console.browser()
    address = browser.begin_enrolment("zahra", console.invite())
    ended = browser.come_back(provider.answer(address))
    assert (ended.status_code, onward(ended)) == (200, "/")
    assert browser.is_signed_in
    assert "در همان سامانه تغییر می‌کند" in browser.get("/account").text, "no password here"
    again = console.browser()
    assert onward(again.sign_in(back="/account")) == "/account"
    assert again.is_signed_in
    [standing] = console.console.installation.store().people.all()
    assert standing.provider is not None
    assert (standing.provider.issuer, standing.provider.subject) == (provider.issuer, "z-100")
    assert console.console.installation.store().sign_in.credential("zahra") is None


def test_the_request_has_pkce_state_nonce_and_one_exact_address(console: OpenIdConsole) -> None:
    asked = parse_qs(urlsplit(console.browser().begin()).query)
    assert (asked["response_type"], asked["scope"], asked["redirect_uri"]) == (["code"], ["openid"], [REDIRECT])
    assert (asked["code_challenge_method"], asked["client_id"]) == (["S256"], ["console"])
    other = parse_qs(urlsplit(console.browser().begin()).query)
    for name in ("state", "nonce", "code_challenge"):
        assert len(asked[name][0]) >= 43
        assert asked[name] != other[name]


def test_the_cookie_of_a_sign_in_is_lax_and_hides_its_secrets(console: OpenIdConsole) -> None:
    browser = console.browser()
    answer = browser.post("/sign-in", "/sign-in/openid", next="/")
    asked = dict(parse_qsl(urlsplit(onward(answer)).query))
    [cookie] = [each for each in answer.headers.getlist("Set-Cookie") if each.startswith(f"{PENDING}=")]
    assert all(part in cookie for part in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=600"))
    assert asked["state"] not in cookie
    assert asked["nonce"] not in cookie


def test_an_account_that_nobody_here_has_is_told_so(console: OpenIdConsole) -> None:
    console.linked()
    browser = console.browser()
    assert_refused(browser, browser.sign_in("stranger"), "openid.unlinked")


def test_a_person_who_is_not_active_does_not_come_in(console: OpenIdConsole) -> None:
    console.linked()
    signed_in = console.browser()
    signed_in.sign_in()
    assert signed_in.is_signed_in
    console.act("person.deactivate", login="zahra")
    assert not signed_in.is_signed_in
    browser = console.browser()
    assert_refused(browser, browser.sign_in(), "openid.unlinked")


def test_a_link_by_an_administrator_ends_the_local_account_and_is_ended_by_another_act(console: OpenIdConsole) -> None:
    console.linked()
    browser = console.browser()
    browser.sign_in()
    assert browser.is_signed_in
    console.act("person.provider", login="zahra", remove=True)
    assert not browser.is_signed_in
    assert_refused(browser, browser.sign_in(), "openid.unlinked")


def test_a_recovery_ends_the_link(console: OpenIdConsole, provider: Provider) -> None:
    console.linked()
    code = console.act("person.recover", login="zahra")["one_time_code"]
    browser = console.browser()
    assert_refused(browser, browser.sign_in(), "openid.unlinked")
    browser.come_back(provider.answer(browser.begin_enrolment("zahra", code), "z-200"))
    assert browser.is_signed_in


def test_one_account_is_one_persons(console: OpenIdConsole, provider: Provider) -> None:
    console.linked()
    browser = console.browser()
    address = browser.begin_enrolment("omid", console.invite("omid"))
    assert_refused(browser, browser.come_back(provider.answer(address)), "people.taken")


def test_an_invitation_counts_once_also_at_the_provider(console: OpenIdConsole, provider: Provider) -> None:
    code = console.invite()
    first, second = console.browser(), console.browser()
    addresses = [each.begin_enrolment("zahra", code) for each in (first, second)]
    assert onward(first.come_back(provider.answer(addresses[0]))) == "/"
    assert_refused(second, second.come_back(provider.answer(addresses[1], "z-200")), "people.enrolment")
    third = console.browser()
    answer = third.post("/welcome", "/welcome/openid", login="zahra", one_time_code=code)
    assert (answer.status_code, CATALOGUE["people.enrolment"].fa in answer.text) == (422, True)


def test_acts_name_the_provider(console: OpenIdConsole, provider: Provider) -> None:
    console.linked("nouri", "n-1", "security-officer")
    browser = console.browser()
    browser.sign_in("n-1")
    fields = {"login": "omid", "name": "امید", "role": "operator", "reason": "نامه ۱۲"}
    assert browser.post("/people/new", "/people/new", **fields).status_code == 200
    act = act_of(console.console, "person.add", "omid")
    assert act["account"] == "nouri"
    assert act["authentication"] == f"by a session of the console, signed in at {provider.issuer}"
    nouri = console.console.installation.store().people.by_login("nouri")
    assert nouri is not None
    itself = browser.post("/people/new", f"/people/{nouri.id}/deactivate", reason="نامه")
    assert CATALOGUE["people.oneself"].fa in itself.text


@pytest.mark.parametrize(
    "kind",
    [
        "other-nonce",
        "no-nonce",
        "expired",
        "no-end",
        "in-the-future",
        "of-before",
        "other-audience",
        "two-audiences",
        "other-party",
        "other-issuer",
        "other-access-token",
        "no-subject",
        "foreign-key",
        "changed-body",
        "unsigned",
        "public-key-as-secret",
        "own-key-in-header",
        "no-token",
    ],
)
def test_a_token_that_is_wrong_lets_nobody_in(console: OpenIdConsole, provider: Provider, kind: str) -> None:
    console.linked()
    browser = console.browser()
    provider.spoil(kind)
    assert_refused(browser, browser.sign_in(), "openid.token")
    provider.spoil()
    browser.sign_in()
    assert browser.is_signed_in


def test_an_answer_counts_in_the_browser_that_began_and_once(console: OpenIdConsole, provider: Provider) -> None:
    """A stranger's answer signs nobody in to the stranger's account (login CSRF); a used code is of no use."""
    console.linked()
    console.linked("guest", "g-1")
    attacker, victim = console.browser(), console.browser()
    answer = provider.answer(attacker.begin(), "g-1")
    assert_refused(victim, victim.come_back(answer), "openid.request")
    victim.begin()
    assert_refused(victim, victim.come_back(answer), "openid.request")
    kept = attacker.cookie(PENDING)
    attacker.come_back(answer)
    assert attacker.is_signed_in
    assert kept is not None
    thief = console.browser()
    thief.client.set_cookie(PENDING, kept, domain="localhost", secure=True)
    assert_refused(thief, thief.come_back(answer), "openid.request")


def test_the_code_of_another_sign_in_is_refused_by_pkce(console: OpenIdConsole, provider: Provider) -> None:
    console.linked()
    other, browser = console.browser(), console.browser()
    stolen = provider.answer(other.begin())["code"]
    answer = provider.answer(browser.begin()) | {"code": stolen}
    assert_refused(browser, browser.come_back(answer), "openid.request")


@pytest.mark.parametrize(
    "change", [{"iss": "https://elsewhere.example"}, {"iss": None}, {"state": "x"}, {"state": None}]
)
def test_an_answer_of_another_issuer_is_refused(
    console: OpenIdConsole, provider: Provider, change: dict[str, str | None]
) -> None:
    """The provider names itself in each answer (RFC 9207), so one without a name is not its own (mix-up)."""
    console.linked()
    browser = console.browser()
    answer = {name: value for name, value in (provider.answer(browser.begin()) | change).items() if value is not None}
    assert_refused(browser, browser.come_back(answer), "openid.token" if "iss" in change else "openid.request")


def test_a_sign_in_that_took_too_long_is_refused(console: OpenIdConsole, provider: Provider) -> None:
    console.linked()
    browser = console.browser()
    answer = provider.answer(browser.begin())
    console.console.clock.now = console.console.clock() + VALID_FOR
    assert_refused(browser, browser.come_back(answer), "openid.request")


def test_clocks_of_two_machines_may_differ(console: OpenIdConsole, provider: Provider) -> None:
    console.linked()
    browser, early = console.browser(), console.browser()
    answer, other = provider.answer(browser.begin()), provider.answer(early.begin())
    console.console.clock.now = console.console.clock() - timedelta(seconds=2)
    browser.come_back(answer)
    assert browser.is_signed_in
    console.console.clock.now = console.console.clock() - VALID_FOR
    assert_refused(early, early.come_back(other), "openid.request")


def test_whoever_is_refused_there_is_told(console: OpenIdConsole) -> None:
    console.linked()
    browser = console.browser()
    assert_refused(browser, browser.sign_in(refuse="yes"), "openid.denied")


@pytest.mark.parametrize(
    "address", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_no_sign_in_leads_elsewhere(console: OpenIdConsole, address: str) -> None:
    console.linked()
    assert onward(console.browser().sign_in(back=address)) == "/"


def test_a_planted_session_becomes_nobodys(console: OpenIdConsole, provider: Provider) -> None:
    console.linked()
    browser = console.browser()
    answer = provider.answer(browser.begin())
    browser.client.set_cookie(SESSION, "planted", domain="localhost", secure=True)
    browser.come_back(answer)
    assert browser.is_signed_in
    assert browser.cookie(SESSION) != "planted"
    thief = console.browser()
    thief.client.set_cookie(SESSION, "planted", domain="localhost", secure=True)
    assert not thief.is_signed_in


def test_a_sign_in_begins_with_a_form_of_this_site(console: OpenIdConsole) -> None:
    assert console.browser().send("/sign-in/openid", csrf="x").status_code == 403
    foreign = console.browser()
    foreign.headers = {"Sec-Fetch-Site": "cross-site"}
    assert foreign.post("/sign-in", "/sign-in/openid").status_code == 403


def test_a_second_factor_is_wanted_where_the_configuration_says_so(
    console_at: Callable[..., OpenIdConsole],
) -> None:
    console = console_at(
        "require_second_factor = true", 'second_factor_amr = ["otp", "hwk"]', 'second_factor_acr = ["gold"]'
    )
    console.linked()
    browser = console.browser()
    for choices in ({}, {"amr": ["pwd"]}, {"acr": "silver"}):
        assert_refused(browser, browser.sign_in(**choices), "openid.second-factor")  # type: ignore[arg-type]
    for choices in ({"amr": ["pwd", "otp"]}, {"acr": "gold"}):
        again = console.browser()
        again.sign_in(**choices)  # type: ignore[arg-type]
        assert again.is_signed_in, choices


def test_another_claim_may_name_the_account(console_at: Callable[..., OpenIdConsole]) -> None:
    console = console_at('subject_claim = "login"')
    console.linked("zahra", "z-100@city")
    browser = console.browser()
    browser.sign_in("z-100")
    assert browser.is_signed_in


def test_the_console_may_prove_itself_by_a_key(console_at: Callable[..., OpenIdConsole]) -> None:
    console = console_at('client_algorithm = "ES256"', proof='client_key = "openid.key"')
    console.linked()
    browser = console.browser()
    browser.sign_in()
    assert browser.is_signed_in


def test_signing_out_leads_to_the_provider(console: OpenIdConsole, provider: Provider) -> None:
    console.linked()
    browser = console.browser()
    browser.sign_in()
    address = onward(browser.post("/account", "/sign-out"))
    asked = dict(parse_qsl(urlsplit(address).query))
    assert address.startswith(f"{provider.issuer}/session/end?")
    assert asked == {"client_id": "console", "post_logout_redirect_uri": "https://localhost/sign-in"}
    assert not browser.is_signed_in


def test_a_session_ends_as_others_do(console: OpenIdConsole) -> None:
    console.linked()
    browser = console.browser()
    browser.sign_in()
    console.console.clock.advance(minutes=31)
    assert not browser.is_signed_in
