"""Runs every operation, code, outcome and fault once against started servers: python3 server/selftest.py"""

import sys
import time
from collections.abc import Callable

from selftest_client import ENVELOPE, NAMESPACE, Answer, Caller, NoAnswerError, Started, envelope


def _with_check(nine: str) -> str:
    rest = sum(int(digit) * (10 - place) for place, digit in enumerate(nine)) % 11
    return nine + str(rest if rest < 2 else 11 - rest)


# National codes with a right check digit.
PEOPLE = [_with_check(str(nine)) for nine in range(100000000, 100000040)]
_failed: list[str] = []


def check(what: str, seen: object, wanted: object) -> None:
    good = seen == wanted
    sys.stdout.write(f"{'ok  ' if good else 'FAIL'} {what}: {seen}{'' if good else f', wanted {wanted}'}\n")
    if not good:
        _failed.append(what)


def until(ask: Callable[[], Answer], done: Callable[[Answer], bool], seconds: float = 20) -> Answer:
    end = time.monotonic() + seconds
    while not done(answer := ask()) and time.monotonic() < end:
        time.sleep(0.1)
    return answer


def statuses(caller: Caller, number: str, last: int) -> str:
    """Each status that was seen on the way to the last one."""
    seen: list[str] = []

    def ask() -> Answer:
        answer = caller.status(number)
        if answer.fields["StatusCode"] not in seen:
            seen.append(answer.fields["StatusCode"])
        return answer

    until(ask, lambda answer: answer.fields["StatusCode"] == str(last))
    return " ".join(seen)


def no_answer(call: Callable[[], Answer]) -> str:
    try:
        return f"an answer with {call().http}"
    except NoAnswerError:
        return "no answer"


def operations(started: Started, caller: Caller) -> None:
    first = caller.register()
    check("RegisterNotice answers", " ".join(first.fields), "HasError ErrorCode ErrorText TrackId NoticeNumber")
    number = first.fields["NoticeNumber"]
    check("its number has 15 digits", len(number), 15)
    check("FindNotice finds it", caller.find("R-1").fields["NoticeNumber"], number)
    check("the statuses that follow", statuses(caller, number, 3), "1 2 3")
    last = caller.status(number).fields
    check("the last one's text", last["StatusText"], "توسط مخاطب رؤیت شد")
    check("its date's and time's length", (len(last["StatusDate"]), len(last["StatusTime"])), (10, 5))
    second = caller.register().fields["NoticeNumber"]
    check("the same reference again is another letter", second != number, True)
    check("… two in the ledger", started.submitted("R-1"), 2)
    check("… FindNotice tells the newest", caller.find("R-1").fields["NoticeNumber"], second)
    check("FindNotice of nothing", caller.find("R-none").code, -10)
    check("GetNoticeStatus of nothing", caller.status("0" * 15).code, -10)
    check("without FatherName", caller.register(FatherName=None).code, 0)
    check("TrackId grows", int(caller.find("x").fields["TrackId"]) > int(first.fields["TrackId"]), True)
    events = [line["what"] for line in started.lines("ledger.jsonl") if line.get("number") == number]
    check("the ledger of the first letter", events, ["submitted", "status", "status"])


def refusals(started: Started, caller: Caller) -> None:
    cases: list[tuple[str, dict[str, str | None], int]] = [
        ("no Plate", {"Plate": None}, -2),
        ("an unknown element", {"Extra": "1"}, -2),
        ("a national code of nine digits", {"NationalId": "012345679"}, -2),
        ("Persian digits in a code", {"NationalId": "۰۰۱۲۳۴۵۶۷۹"}, -2),
        ("a date with an offset", {"IssuedDate": "2026-11-28T13:05:22+03:30"}, -2),
        ("a day that is not there", {"IssuedDate": "2026-02-30T13:05:22"}, -2),
        ("no base64", {"Document": "%PDF"}, -2),
        ("Kind is no number", {"Kind": "ruling"}, -2),
        ("a reference of 65 letters", {"Reference": "r" * 65}, -2),
        ("an empty first name", {"FirstName": ""}, -2),
        ("a wrong check digit", {"NationalId": "0012345678"}, -11),
        ("equal digits", {"NationalId": "1111111111"}, -11),
        ("a postal code from 0", {"PostalCode": "0417614418"}, -12),
        ("an unknown kind", {"Kind": "55"}, -13),
        ("no PDF", {"Document": "aGVsbG8="}, -14),
        ("an empty paper", {"Document": ""}, -14),
        ("a date that is far ahead", {"IssuedDate": "2099-01-01T00:00:00"}, -15),
    ]
    for what, changed, code in cases:
        check(what, caller.register(**{"Reference": "R-refused", **changed}).code, code)
    check(
        "the text names the element",
        caller.register(Plate=None, Reference="R-refused").fields["ErrorText"].endswith(": Plate"),
        True,
    )
    large = caller.register(Document="JVBERi0x" + "AAAA" * 1_700_000, Reference="R-refused")
    check("a paper that is too large", large.code, -14)
    wrong = caller.headers("FindNotice") | {"SOAPAction": '"other"'}
    check("another SOAPAction", caller.send(envelope("FindNotice", {"Reference": "R-1"}), wrong).code, -2)
    check("none of them in the ledger", started.submitted("R-refused"), 0)


def messages(caller: Caller) -> None:
    headers = caller.headers("FindNotice")
    good = envelope("FindNotice", {"Reference": "R-none"}).decode()
    upward = '<s:Header><h:Security xmlns:h="urn:h" s:mustUnderstand="{}"/></s:Header><s:Body>'
    cases = [
        ("not well-formed", good[:-3], "soap:Client"),
        ("a document type", "<!DOCTYPE x [<!ENTITY e 'e'>]>" + good, "soap:Client"),
        ("SOAP 1.2", good.replace(ENVELOPE, "http://www.w3.org/2003/05/soap-envelope"), "soap:VersionMismatch"),
        ("an unknown operation", good.replace("FindNotice", "DropNotice"), "soap:Client"),
        ("another namespace", good.replace(NAMESPACE, "urn:other"), "soap:Client"),
        ("a header that must be understood", good.replace("<s:Body>", upward.format(1)), "soap:MustUnderstand"),
    ]
    for what, text, code in cases:
        answer = caller.send(text.encode(), headers)
        check(f"fault for {what}", (answer.http, answer.fields["faultcode"]), (500, code))
    other = good.replace("<s:Body>", upward.format(0)).encode()
    check("a header that need not be understood", caller.send(other, headers).code, -10)
    check("HTTP, another type", caller.send(b"{}", headers | {"Content-Type": "application/json"}).http, 415)
    check("HTTP, another path", caller.send(b"", headers, path="/other").http, 404)
    check("HTTP, too large", caller.send(b"", headers | {"Content-Length": "9000000"}).http, 413)
    check("GET ?wsdl", f":{caller.port}/" in caller.send(b"", {}, "GET", caller.path + "?wsdl").raw, True)
    check("GET the schema", caller.send(b"", {}, "GET", "/Services/NoticeService.xsd").http, 200)


def logins(started: Started, in_answer: bool) -> None:
    cases = [("password", "password"), ("user", "user"), ("API key", "api_key")]
    for what, name in cases:
        caller = started.caller()
        setattr(caller, name, "wrong")
        answer = caller.register(Reference="R-login")
        seen = (answer.http, answer.code if in_answer else answer.headers["WWW-Authenticate"][:5])
        check(f"a wrong {what}", seen, (200, -3) if in_answer else (401, "Basic"))
        check("… sets no cookie", caller.cookie, "")
    caller = started.caller()
    bare = {name: value for name, value in caller.headers("FindNotice").items() if name != "X-Api-Key"}
    answer = caller.send(envelope("FindNotice", {"Reference": "R-1"}), bare)
    check("no API key", answer.code if in_answer else answer.http, -3 if in_answer else 401)
    check("no letter was made", started.submitted("R-login"), 0)


def sessions(started: Started) -> None:
    caller = started.caller()
    caller.find("R-1")
    first = caller.cookie
    check("the first answer sets a cookie", first.startswith("NoticeService_SessionId="), True)
    check("the next one sets none", caller.find("R-none").headers["Set-Cookie"], None)
    caller.cookie = "NoticeService_SessionId=0"
    answer = caller.register(Reference="R-session")
    check("a session that is not there", answer.code, -9)
    check("… with a new cookie, which serves", caller.register(Reference="R-session").code, 0)
    caller.cookie = ""
    check("no cookie serves, too", caller.find("R-session").code, 0)


def outcomes(started: Started, caller: Caller) -> None:
    people = iter(PEOPLE)
    flows: list[tuple[object, int, str]] = [
        ("registered", 1, "1"),
        ("delivered", 2, "1 2"),
        ("no-account", 4, "1 4"),
        ({"ends": "rejected", "reason": "امضا ندارد"}, 5, "1 5"),
        ("legal-service", 6, "1 6"),
        ("delivered-legal-service", 6, "1 2 6"),
        ("cancelled", 9, "1 9"),
        ("delivered-cancelled", 9, "1 2 9"),
        ("unknown-status", 17, "1 17"),
        ("unknown-status-viewed", 3, "1 17 2 3"),
        ({"statuses": [2, 41]}, 41, "1 2 41"),
    ]
    for told, last, wanted in flows:
        person = next(people)
        started.write("outcomes.json", {person: told})
        number = caller.register(NationalId=person, Reference=f"R-{person}").fields["NoticeNumber"]
        check(f"outcome {told}", statuses(caller, number, last), wanted)
        if last == 5:
            check("… its reason", caller.status(number).fields["RejectReason"], "امضا ندارد")
        if last == 17:
            check("… its text", caller.status(number).fields["StatusText"], "در دست بررسی")
    for code in (-1, -4, -5, -6, -7, -8, -11, -12, -13, -14, -15, -16, -17, -18, -77):
        person = next(people)
        started.write("outcomes.json", {person: {"error": code}})
        answer = caller.register(NationalId=person, Reference=f"R-{person}")
        check(f"refused with {answer.fields['ErrorText']!r}", answer.code, code)
        check("… makes no letter", started.submitted(f"R-{person}"), 0)
    person = next(people)
    started.write("outcomes.json", {person: {"error": -6, "times": 2}})
    seen = [caller.register(NationalId=person, Reference="R-busy").code for _ in range(3)]
    check("busy for the first two times", seen, [-6, -6, 0])
    person = next(people)
    started.write("outcomes.json", {person: {"error": -1, "acted": True}})
    check("an internal error after acting", caller.register(NationalId=person, Reference="R-acted").code, -1)
    check("… the letter is there", caller.find("R-acted").code, 0)
    started.write("outcomes.json", {"*": "no-account"})
    check("an outcome for all", statuses(caller, caller.register().fields["NoticeNumber"], 4), "1 4")
    started.write("outcomes.json", {})


def faults(started: Started, caller: Caller) -> None:
    def plan(fault: str, **more: object) -> None:
        started.write("faults.json", [{"fault": fault, "key": f"R-{fault}", **more}])

    for fault, letters in (("cut-before", 0), ("cut-after", 1), ("half-answer", 1)):
        plan(fault)
        check(fault, no_answer(lambda name=f"R-{fault}": caller.register(Reference=name)), "no answer")  # type: ignore[misc]
        check("… letters", started.submitted(f"R-{fault}"), letters)
        check("… FindNotice after it", caller.find(f"R-{fault}").code, 0 if letters else -10)
    plan("proxy-page")
    check("proxy-page", caller.register(Reference="R-proxy-page").http, 502)
    plan("delay", seconds=1.5)
    begun = time.monotonic()
    check("delay", (caller.register(Reference="R-delay").code, time.monotonic() - begun > 1.4), (0, True))
    plan("twice", times=2)
    check("twice, a submission", caller.register(Reference="R-twice").code, 0)
    check("… letters", started.submitted("R-twice"), 1)
    check("twice, a read", caller.find("R-twice").code, 0)
    plan("session-lost")
    seen = [caller.register(Reference="R-session-lost").code for _ in range(2)]
    check("session-lost, and again", seen, [-9, 0])
    check("… letters", started.submitted("R-session-lost"), 1)
    plan("code", code=-7, after=1, times=2)
    check("maintenance for the 2nd and 3rd", [caller.find("R-code").code for _ in range(4)], [-10, -7, -7, -10])
    started.write("faults.json", [])
    played = [str(line["fault"]) for line in started.lines("faults.jsonl")]
    wanted = ["cut-before", "cut-after", "half-answer", "proxy-page", "delay", "twice", "session-lost", "code", "code"]
    check("faults.jsonl", played, wanted)


def other_starts() -> None:
    with Started("--login-errors", "http-401", "--find-lag", "2", "--receipt-delay", "0.3") as started:
        logins(started, in_answer=False)
        caller = started.caller()
        number = caller.register(Reference="R-lag").fields["NoticeNumber"]
        check("FindNotice at once, with a lag of 2 seconds", caller.find("R-lag").code, -10)
        found = until(lambda: caller.find("R-lag"), lambda answer: answer.code == 0)
        check("… and later", found.fields.get("NoticeNumber"), number)
        last = started.lines("ledger.jsonl")[-1]
        started.kill()
        text = (started.folder / "ledger.jsonl").read_bytes()
        (started.folder / "ledger.jsonl").write_bytes(text[:-9])
        with Started(folder=started.folder) as again:
            check("after a kill the ledger is made whole", again.lines("ledger.jsonl")[-1], last)
            caller.port = again.caller().port
            check("… the old session is lost", caller.status(number).code, -9)
            check("… the letter is there", caller.status(number).fields["StatusCode"], "3")
    with Started("--closed", "00:00-23:59:59.999999") as started:
        check("closed", started.caller().register().code, -8)
    with Started("--quota", "2") as started:
        caller = started.caller()
        check("a quota of two", [caller.find("R-1").code for _ in range(3)], [-10, -10, -5])
    with Started() as started:
        caller = started.caller()
        client = {"user": "شهرداری", "password": "p:q", "api_key": "k", "operations": ["RegisterNotice"], "kinds": [7]}
        started.write("clients.json", [client])
        caller.user, caller.password, caller.api_key = "شهرداری", "p:q", "k"
        check("a client's own kinds", [caller.register(Kind=kind).code for kind in ("7", "8")], [0, -4])
        check("… and operations", caller.find("R-1").code, -4)
    with Started("--faults", "5:60", "--receipt-delay", "0") as started:
        caller = started.caller()
        seen = [no_answer(lambda: caller.find("R-1")) for _ in range(12)]
        check("faults from a seed", ("no answer" in seen, len(started.lines("faults.jsonl")) > 2), (True, True))


def main() -> None:
    with Started("--receipt-delay", "0.5") as started:
        caller = started.caller()
        operations(started, caller)
        refusals(started, caller)
        messages(caller)
        logins(started, in_answer=True)
        sessions(started)
        outcomes(started, caller)
        faults(started, caller)
    other_starts()
    sys.stdout.write(f"{len(_failed)} failed\n")
    sys.exit(1 if _failed else 0)


if __name__ == "__main__":
    main()
