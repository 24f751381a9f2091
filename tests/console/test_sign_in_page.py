"""Signing in by the pages, over the store: sessions and their cookies, enrolment and recovery, the own account."""

from __future__ import annotations

import pytest

from gateway.people.lockout import ACCOUNT
from gateway.runtime.errors import CATALOGUE
from tests.console.real_people import Console, RealBrowser
from tests.people import PASSWORD

OTHER = "رودخانه آبی و چراغ سبز"


def test_the_first_officer_enrols_and_signs_in(console: Console) -> None:
    facts = console.act("person.first", login="officer-1", name="فاطمه نوری")
    code, browser = facts["one_time_code"], console.browser()
    offered = browser.see_offer("officer-1", code.replace("-", " ").lower())
    assert offered.status_code == 200
    assert "<svg" in offered.text
    assert "style=" not in offered.text, "the policy would refuse it"
    assert browser.enrol("officer-1", code, code=browser.code()).headers["Location"] == "/"
    assert "فاطمه نوری" in browser.page("/account")


def test_mistakes_of_an_enrolment_are_told_in_place(console: Console) -> None:
    code = console.act("person.first", login="officer-1", name="فاطمه نوری")["one_time_code"]
    browser = console.browser()
    browser.see_offer("officer-1", code)
    secret = browser.secret
    for fields, told in (
        ({"code": browser.code(), "again": OTHER}, "این دو یکسان نیست."),
        ({"code": browser.code(), "password": "short"}, CATALOGUE["people.password-length"].fa),
        ({"code": browser.code(), "password": "officer-1-officer-1"}, CATALOGUE["people.password-login"].fa),
        ({"code": "000000"}, CATALOGUE["people.code"].fa),
    ):
        answer = browser.enrol("officer-1", code, **fields)
        assert answer.status_code == 422
        assert told in answer.text
        assert 'aria-invalid="true"' in answer.text
        browser.scan(answer.text)
        assert browser.secret == secret, "the telephone has it already"
    assert browser.enrol("officer-1", code, code=browser.code()).status_code == 302


def test_a_one_time_code_counts_once_and_not_for_ever(console: Console) -> None:
    first = console.act("person.first", login="officer-1", name="فاطمه نوری")["one_time_code"]
    console.enrolled("officer-1", first)
    replayed = console.browser().see_offer("officer-1", first)
    assert (replayed.status_code, CATALOGUE["people.enrolment"].fa in replayed.text) == (422, True)

    late = console.act("person.add", login="late-1", name="رضا صادقی", roles=["auditor"])["one_time_code"]
    console.clock.advance(days=3)
    assert console.browser().see_offer("late-1", late).status_code == 422
    assert console.browser().enrol("late-1", late, code="").status_code == 422


def test_a_wrong_one_time_code_and_an_unknown_login_look_the_same(console: Console) -> None:
    console.act("person.first", login="officer-1", name="فاطمه نوری")
    browser = console.browser()
    pages = [browser.see_offer(login, "AAAAA-AAAAA-AAAAA-AAAAA").text for login in ("officer-1", "nobody-1")]
    assert pages[0].replace("officer-1", "nobody-1").split("csrf")[0] == pages[1].split("csrf")[0]


def test_the_cookie_of_a_session_is_strict(console: Console) -> None:
    officer = console.officer()
    answer = officer.sign_in("officer-1")
    [cookie] = [each for each in answer.headers.getlist("Set-Cookie") if each.startswith("eblagh-session=")]
    parts = {part.strip().partition("=")[0] for part in cookie.split(";")[1:]}
    assert parts == {"HttpOnly", "Path", "SameSite"}
    assert "SameSite=Strict" in cookie
    assert "Path=/" in cookie


def test_behind_https_cookies_are_secure(secure_console: Console) -> None:
    """And of this host alone: a neighbouring host cannot plant one (RFC 6265bis, 4.1.3)."""
    browser = secure_console.browser()
    form = browser.get("/sign-in").headers.getlist("Set-Cookie")
    assert [each for each in form if each.startswith("__Host-eblagh-form=") and "Secure" in each]
    facts = secure_console.act("person.first", login="officer-1", name="فاطمه نوری")
    browser = secure_console.browser()
    browser.client.set_cookie("__Host-eblagh-form", "known", secure=True)
    own = {"base_url": "https://localhost", "headers": {"Sec-Fetch-Site": "same-origin"}}
    fields = {"csrf": "known", "login": "officer-1", "one-time-code": facts["one_time_code"]}
    browser.scan(browser.client.post("/welcome", data=fields, **own).text)
    fields |= {"password": PASSWORD, "again": PASSWORD, "code": browser.code()}
    answer = browser.client.post("/welcome/enrol", data=fields, **own)
    set_cookies = answer.headers.getlist("Set-Cookie")
    [session] = [each for each in set_cookies if each.startswith("__Host-eblagh-session=")]
    assert "Secure" in session
    assert all("Secure" in each for each in set_cookies)


def test_without_a_provider_nobody_signs_in_at_one(console: Console) -> None:
    browser = console.browser()
    assert browser.get("/sign-in/openid/return?code=x&state=y").status_code == 404
    assert browser.post("/sign-in", "/sign-in/openid").status_code == 404
    assert "/sign-in/openid" not in browser.page("/sign-in")


def test_a_planted_token_becomes_nobodys_session(console: Console) -> None:
    """A session is never given to a token that was there before (session fixation)."""
    officer = console.officer()
    before = officer.token
    victim = console.browser()
    victim.secret = officer.secret
    victim.client.set_cookie("eblagh-session", "planted")
    assert victim.sign_in("officer-1").status_code == 302
    assert victim.token not in ("planted", before)
    attacker = console.browser()
    attacker.client.set_cookie("eblagh-session", "planted")
    assert not attacker.is_signed_in


def test_a_new_sign_in_ends_the_session_before_in_this_browser(console: Console) -> None:
    officer = console.officer()
    before = officer.token
    officer.sign_in("officer-1")
    left = console.browser()
    left.client.set_cookie("eblagh-session", before)
    assert not left.is_signed_in
    assert officer.is_signed_in


def test_signing_out_ends_the_session_in_the_store(console: Console) -> None:
    officer = console.officer()
    token = officer.token
    assert officer.post("/account", "/sign-out").headers["Location"] == "/sign-in"
    copied = console.browser()
    copied.client.set_cookie("eblagh-session", token)
    assert not copied.is_signed_in


def test_a_session_ends_by_itself(console: Console) -> None:
    officer = console.officer()
    console.clock.advance(minutes=29)
    assert officer.is_signed_in
    console.clock.advance(minutes=31)
    answer = officer.get("/account")
    assert answer.headers["Location"] == "/sign-in?next=/account"


def test_an_open_page_that_refreshes_itself_keeps_no_session_alive(console: Console) -> None:
    """A person who goes away is signed out, whatever the page on the screen asks for by itself."""
    browser = console.officer()
    for _ in range(7):
        console.clock.advance(minutes=5)
        answer = browser.client.get("/", headers={"X-Refresh": "1"})
    assert answer.status_code == 302


def test_signing_in_leads_back(console: Console) -> None:
    officer = console.officer()
    officer.post("/account", "/sign-out")
    assert officer.sign_in("officer-1", back="/people?x=1").headers["Location"] == "/people?x=1"
    officer.post("/account", "/sign-out")
    assert officer.sign_in("officer-1", back="//evil.example").headers["Location"] == "/"


def test_each_wrong_word_has_the_same_answer(console: Console) -> None:
    officer = console.officer()
    browser = console.browser()
    browser.secret = officer.secret
    answers = [
        browser.sign_in("nobody-1"),
        browser.sign_in("officer-1", OTHER),
        browser.sign_in("officer-1", code="000000"),
    ]
    assert {each.status_code for each in answers} == {422}
    assert len({each.text.split("csrf")[0] for each in answers}) == 1


def test_a_code_counts_once(console: Console) -> None:
    officer = console.officer()
    code = officer.code()
    assert officer.sign_in("officer-1", code=code).status_code == 302
    other = console.browser()
    assert other.sign_in("officer-1", code=code).status_code == 422


@pytest.mark.parametrize(("language", "words"), [("fa", "می‌توانید دوباره تلاش کنید"), ("en", "You can try again at")])
def test_a_lock_out_tells_its_end(console: Console, language: str, words: str) -> None:
    console.officer()
    stranger = console.browser()
    stranger.speak(language)
    for _ in range(ACCOUNT.free):
        assert words not in stranger.sign_in("officer-1", OTHER, code="000000").text
    answer = stranger.sign_in("officer-1", OTHER, code="000000")
    assert answer.status_code == 422
    assert words in answer.text
    assert "<time" in answer.text


def test_a_form_before_signing_in_needs_its_token(console: Console) -> None:
    """Nobody is signed in by another site's form as somebody else (login CSRF)."""
    console.officer()
    browser = console.browser()
    browser.get("/sign-in")
    fields = {"login": "officer-1", "password": PASSWORD, "code": "000000"}
    assert browser.send("/sign-in", **fields).status_code == 403
    assert browser.send("/sign-in", csrf="another", **fields).status_code == 403


def test_recovery_is_an_enrolment_again(console: Console) -> None:
    officer, secretary = (
        console.officer(),
        console.member("secretary-1", "commission-secretary", bodies=("article-100",)),
    )
    facts = console.act("person.recover", login="secretary-1")
    assert not secretary.is_signed_in
    assert secretary.sign_in("secretary-1").status_code == 422, "the former password and telephone"
    assert console.enrolled("secretary-1", facts["one_time_code"]).is_signed_in
    assert officer.is_signed_in


def test_the_own_password_is_changed(console: Console) -> None:
    officer = console.officer()
    other = signed_in_elsewhere(console, officer)
    form = "/account/password"
    wrong = officer.post(form, form, present=OTHER, password=OTHER, again=OTHER)
    assert (wrong.status_code, CATALOGUE["people.password"].fa in wrong.text) == (422, True)
    differs = officer.post(form, form, present=PASSWORD, password=OTHER, again=PASSWORD)
    assert (differs.status_code, "این دو یکسان نیست" in differs.text) == (422, True)
    short = officer.post(form, form, present=PASSWORD, password="short", again="short")
    assert (short.status_code, CATALOGUE["people.password-length"].fa in short.text) == (422, True)
    done = officer.post(form, form, present=PASSWORD, password=OTHER, again=OTHER)
    assert done.headers["Location"] == "/account?done=password"
    assert officer.is_signed_in
    assert not other.is_signed_in
    assert other.sign_in("officer-1").status_code == 422
    assert other.sign_in("officer-1", OTHER).status_code == 302


def test_guesses_of_the_own_password_are_counted(console: Console) -> None:
    """A finder of a browser that is signed in cannot try passwords there."""
    officer, form = console.officer(), "/account/password"
    for _ in range(ACCOUNT.free):
        officer.post(form, form, present=OTHER, password=OTHER, again=OTHER)
    assert "می‌توانید دوباره تلاش کنید" in officer.post(form, form, present=PASSWORD, password=OTHER, again=OTHER).text


def test_the_own_second_factor_is_renewed(console: Console) -> None:
    officer = console.officer()
    other = signed_in_elsewhere(console, officer)
    form, former = "/account/second-factor", officer.secret
    page = officer.page(form)
    offered = page.split('name="offered" value="')[1].split('"')[0]
    officer.scan(page)
    assert officer.secret != former
    wrong = officer.post(form, form, present=PASSWORD, offered=offered, code="000000")
    assert (wrong.status_code, CATALOGUE["people.code"].fa in wrong.text) == (422, True)
    assert f'value="{offered}"' in wrong.text, "the telephone has it already"
    done = officer.post(form, form, present=PASSWORD, offered=offered, code=officer.code())
    assert done.headers["Location"] == "/account?done=second-factor"
    assert not other.is_signed_in
    assert other.sign_in("officer-1").status_code == 422
    console.clock.advance(seconds=30)
    assert officer.sign_in("officer-1").status_code == 302


def test_a_second_factor_that_was_not_offered_is_refused(console: Console) -> None:
    officer = console.officer()
    other = console.member("operator-1", "operator")
    form = "/account/second-factor"
    page = other.page(form)
    foreign = page.split('name="offered" value="')[1].split('"')[0]
    other.scan(page)
    for offered in (foreign, "", "x.y", f"{foreign[:20]}AAAA"):
        answer = officer.post(form, form, present=PASSWORD, offered=offered, code=other.code())
        assert answer.status_code in (422, 503), offered
    assert officer.sign_in("officer-1").status_code == 302, "nothing was changed"


def test_other_sessions_are_seen_and_ended(console: Console) -> None:
    officer = console.officer()
    other = signed_in_elsewhere(console, officer)
    assert officer.page("/account").count("مرورگر دیگر") == 1
    officer.post("/account", "/account/sessions/end")
    assert officer.is_signed_in
    assert not other.is_signed_in


def signed_in_elsewhere(console: Console, person: RealBrowser) -> RealBrowser:
    """Return another browser of the first officer."""
    other = console.browser()
    other.secret = person.secret
    assert other.sign_in("officer-1").status_code == 302
    return other
