"""The verb `status`: one screen with the state of everything, and the person who must act."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import typer
from rich.console import Group
from rich.padding import Padding
from rich.text import Text

from adapters.cli.common.acting_account import by_whom
from adapters.cli.common.installation import installation_of
from adapters.cli.evidence.proof import proof_facts, show_proof
from adapters.cli.service.endpoints import ACTORS, endpoint_facts, endpoint_views, is_down, show_endpoints
from adapters.cli.service.recovery import recovery_facts
from adapters.cli.service.running import Running, authority_facts, running, running_facts, short, show_running
from adapters.cli.service.switch import switch_facts
from adapters.composition.installation import Installation
from adapters.composition.key_files import certificate_files, signing_certificate_of
from adapters.evidence.words import STATES
from adapters.terminal.printing import (
    DEFAULT_CONFIG,
    FINDING,
    WIDE,
    ConfigOption,
    JsonOption,
    Language,
    console,
    day,
    moment,
    print_json,
    say,
    screen,
    table,
)
from gateway.judiciary.courier import OF_MAPPING, SEAL_NOT_ACCEPTED, UNCLEAR
from gateway.judiciary.endpoint_status import EndpointView
from gateway.notice.delivery_state import DeliveryState
from gateway.reconciliation.overdue import needs_a_person
from gateway.runtime.clock import timestamp
from gateway.runtime.errors import CATALOGUE, Actor, GatewayError
from gateway.sending.sealing_breaker import SealingBreakers
from gateway.store.store import Store
from gateway.store.store_fingerprint import Cause
from gateway.store.stored import AuthorityState

EXPIRES_SOON = timedelta(days=30)

_CAUSES = {
    Cause.WENT_BACK: "رکوردهایی که این دستگاه دیده بود در پایگاه داده نیست",
    Cause.ANOTHER_STORE: "پایگاه داده دیگری است",
    Cause.PERSON: "به اعلام متصدی",
}

_S = DeliveryState
_NEXT: dict[DeliveryState, tuple[Actor | None, tuple[str, str]]] = {
    _S.QUEUED: (None, ("sent by itself", "خودبه‌خود ارسال می‌شود")),
    _S.SENDING: (None, ("under way", "در حال ارسال")),
    _S.PENDING: (Actor.JUDICIARY, ("processes it; asked about by itself", "آن را بررسی می‌کند؛ خودبه‌خود پیگیری می‌شود")),
    _S.IN_DOUBT: (None, ("asked about by itself", "خودبه‌خود استعلام می‌شود")),
    _S.DEAD_LETTER: (Actor.OPERATOR, ("queue retry, or queue withdraw", "queue retry یا queue withdraw")),
    _S.SUBMITTED: (Actor.JUDICIARY, ("owes a receipt of arrival", "رسید وصول به حساب کاربری را باید بدهد")),
    _S.DELIVERED: (None, ("served; may be viewed yet", "ابلاغ شده؛ هنوز رؤیت نشده است")),
    _S.NO_ACCOUNT: (Actor.MUNICIPALITY, ("queue other-channel", "queue other-channel")),
    _S.UNDELIVERABLE: (Actor.MUNICIPALITY, ("queue other-channel", "queue other-channel")),
    _S.REJECTED: (Actor.MUNICIPALITY, ("see why; issue a revision", "علت را ببینید و نسخه تازه صادر کنید")),
    _S.VIEWED: (None, ("served and viewed", "ابلاغ و رؤیت شده")),
    _S.OTHER_CHANNEL: (None, ("served otherwise", "از طریق دیگر ابلاغ می‌شود")),
    _S.WITHDRAWN: (None, ("ended", "پایان یافته")),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Line of the screen: a number of notices, the person who must act, and the next step. ``what`` is a state's code,
    or words.
    """

    what: str
    count: int
    held: int = 0
    oldest: datetime | None = None
    actor: Actor | None = None
    next: str = ""

    @property
    def words(self) -> str:
        return STATES[self.what].fa if self.what in STATES and screen.language is Language.PERSIAN else self.what


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """Contents of the screen."""

    runs: Running
    silent: Sequence[AuthorityState]
    switch: dict[str, Any]
    recovery: dict[str, Any]
    lines: list[Line]
    endpoints: list[EndpointView]
    proof: dict[str, Any] | None
    certificates: list[dict[str, str]]


def status(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Show what runs, where everything stands and who must act; exit 1 where an operator must, or where the judiciary
    or a time authority does not answer."""
    installation = installation_of(config)
    store, now = installation.store(), installation.clock()
    switch, recovery = switch_facts(store), recovery_facts(store)
    lines = [line for line in (*_lines(store, now), *_held_bodies(installation, store, now)) if line.count]
    certificates = list(_certificates(installation, now))
    endpoints = endpoint_views(installation, store.endpoints, now)
    runs, silent = running(store.processes.known(), now), _silent_authorities(installation)
    proof = proof_facts(installation, store, now)
    here = Here(
        runs=runs,
        silent=silent,
        switch=switch,
        recovery=recovery,
        lines=lines,
        endpoints=endpoints,
        proof=proof,
        certificates=certificates,
    )
    _show(here, now, as_json)
    down = silent or runs.silent or any(is_down(view) for view in endpoints)
    unproven = proof is not None and proof["alarms"]
    late = any(line.actor is Actor.OPERATOR for line in lines)
    if switch["stopped"] or recovery["on"] or unproven or certificates or late or down:
        raise typer.Exit(FINDING)


def _lines(store: Store, now: datetime) -> Iterator[Line]:
    counts, backlog = store.tallies.counts(), store.tallies.backlog(now=now, ages=())
    stuck = {code: count for code, count in store.tallies.queued_by_code().items() if needs_a_person(code)}
    left_to_a_person = {_S.QUEUED: sum(stuck.values()), _S.IN_DOUBT: counts["undecided"]}
    for state in DeliveryState:
        here = [line for line in backlog if line.state is state]
        actor, then = _NEXT[state]
        if number := left_to_a_person.get(state, 0):
            actor, then = Actor.OPERATOR, (f"{then[0]}, but for {number}: below", f"{then[1]}، جز {number} مورد زیر")
        yield Line(
            what=state.value,
            count=counts[state],
            held=sum(line.held for line in here),
            oldest=min((line.oldest for line in here), default=None),
            actor=actor,
            next=screen.say(*then),
        )
    speak = screen.say
    for code, count in stuck.items():
        # A code of a signature's check here is the judiciary's judgement of our seal, not ours of the judiciary's.
        entry = CATALOGUE["seal.not-accepted" if code.startswith("verify.") else code]
        what = speak(f"  queued, and cannot be sent: {code}", f"  در صف و غیرقابل ارسال: {code}")
        yield Line(what=what, count=count, actor=entry.actor, next=speak(entry.remedy, entry.remedy_fa))
    for code, count in store.tallies.doubted_by_code().items():
        if code == UNCLEAR or code.startswith(OF_MAPPING):
            entry, remedy = CATALOGUE[code], ("notice show has its words: ", "عبارت سرویس در notice show: ")
            what = speak(f"  in doubt, not understood: {code}", f"  نامعلوم؛ پاسخ فهمیده نشد: {code}")
            said = speak(remedy[0] + entry.remedy, remedy[1] + entry.remedy_fa)
            yield Line(what=what, count=count, actor=entry.actor, next=said)
    yield Line(
        what=speak("  in doubt, proven not to have arrived", "  نامعلوم؛ نرسیدن آن اثبات شده است"),
        count=counts["absent"],
        actor=Actor.OPERATOR,
        next="queue decide --code doubt.absent",
    )
    yield Line(
        what=speak("  in doubt, cannot be told by asking", "  نامعلوم؛ با استعلام روشن نمی‌شود"),
        count=counts["undecided"] - counts["absent"],
        actor=Actor.OPERATOR,
        next=speak("ask by telephone, then queue decide", "تلفنی بپرسید و سپس queue decide"),
    )
    yield Line(
        what=speak("  held after faults, did not arrive", "  نگه‌داشته پس از خطا؛ نرسیده است"),
        count=counts["held"],
        actor=Actor.OPERATOR,
        next=speak("mend the cause; queue release", "علت را برطرف کنید؛ queue release"),
    )
    yield Line(
        what=speak("not asked about since the recovery began", "از آغاز بازیابی استعلام نشده"),
        count=counts["unasked"],
        next=speak("asked about by itself", "خودبه‌خود استعلام می‌شود"),
    )
    yield Line(
        what=speak("rows refused", "ردیف پذیرفته‌نشده"),
        count=counts["refused"],
        actor=Actor.MUNICIPALITY,
        next=speak("rows refused; correct the case", "rows refused؛ پرونده را اصلاح کنید"),
    )
    yield Line(
        what=speak("in quarantine", "در قرنطینه"),
        count=counts["quarantined"],
        actor=Actor.OPERATOR,
        next="quarantine list",
    )
    yield Line(
        what=speak("rows to be written back", "نتیجه‌ای که باید در ردیف نوشته شود"),
        count=counts["collected"] - counts["written"],
        next=speak("written by itself", "خودبه‌خود نوشته می‌شود"),
    )


def _held_bodies(installation: Installation, store: Store, now: datetime) -> Iterator[Line]:
    """Yield the bodies for which nothing is sent, since the judiciary does not accept their seals."""
    seals = SealingBreakers.read(store.endpoints, installation.settings.judiciary.destination)
    for body in sorted(seals.held(now)):
        breaker = seals.breakers[body]
        yield Line(
            what=screen.say(
                f"seals of {body} refused in a row: the body is held",
                f"رد پیاپی مهرهای {body}: ارسال این مرجع متوقف است",
            ),
            count=breaker.failures,
            oldest=breaker.since,
            actor=CATALOGUE[SEAL_NOT_ACCEPTED].actor,
            next=screen.say(
                f"register its certificate; endpoint retry {breaker.destination}",
                f"گواهی آن را نزد قوه قضاییه ثبت کنید؛ endpoint retry {breaker.destination}",
            ),
        )


def _certificates(installation: Installation, now: datetime) -> Iterator[dict[str, str]]:
    """Yield the certificates that are invalid, or will be soon."""
    for use, file in certificate_files(installation.settings).items():
        try:
            certificate = signing_certificate_of(file, installation.folder)
        except GatewayError as error:
            entry, state = error.entry, error.code
            yield _certificate(use, state, entry.actor, (entry.remedy, entry.remedy_fa))
            continue
        if certificate.not_after - now < EXPIRES_SOON or now < certificate.not_before:
            actor = Actor.JUDICIARY if use.startswith("judiciary") else Actor.OPERATOR
            ends = day(certificate.not_after)
            state = screen.say(f"valid until {ends}", f"معتبر تا {ends}")
            renew = "have it renewed, and register the new one", "آن را تمدید و گواهی تازه را ثبت کنید"
            yield _certificate(use, state, actor, renew)


def _certificate(use: str, state: str, actor: Actor, then: tuple[str, str]) -> dict[str, str]:
    return {"use": use, "state": state, "actor": actor.value, "next": screen.say(*then)}


def _silent_authorities(installation: Installation) -> list[AuthorityState]:
    """Return the silent authorities of the configuration; one that was removed from it does not matter any more."""
    archive = installation.settings.archive
    named = {section.name for section in archive.time_authorities} if archive else set()
    return [state for state in installation.store().processes.silent() if state.name in named]


def _show(here: Here, now: datetime, as_json: bool) -> None:
    if as_json:
        print_json(_facts(here, now))
        return
    speak, switch = screen.say, here.switch
    show_running(here.runs, here.silent, now)
    if switch["stopped"]:
        since = moment(switch["since"])
        en, fa = f"everything is stopped since {since}; `resume` lets it go on", f"همه چیز از {since} متوقف است؛ resume"
        say(speak(en, fa), "bold red")
        say(by_whom(switch))
    else:
        say(speak("not stopped", "متوقف نشده است"), "green")
    if here.recovery["on"]:
        since, cause = moment(here.recovery["since"]), here.recovery["cause"]
        en, fa = f"a recovery is on since {since} ({cause})", f"بازیابی از {since} در جریان است ({_CAUSES[cause]})"
        say(f"{speak(f'{en}; operator', f'{fa}؛ مدیر درگاه')}: recovery status", "bold yellow")
    console.print()
    _show_lines(here.lines, now)
    console.print()
    show_endpoints(here.endpoints, now)
    if here.proof is not None:
        console.print()
    show_proof(here.proof, now)
    for each in here.certificates:
        actor, certificate = speak(*ACTORS[Actor(each["actor"])]), speak("certificate", "گواهی")
        told = f"{certificate} {each['use']}: {each['state']}{speak('; ', '؛ ')}{actor}: {each['next']}"
        say(told)


def _show_lines(lines: Sequence[Line], now: datetime) -> None:
    """Print a table; on a narrow screen actor and next step stand below their line."""
    if not lines:
        say(screen.say("no notices yet", "هنوز ابلاغیه‌ای نیست"))
        return
    wide = console.width >= WIDE
    columns = {"what": "وضعیت", ">number": ">تعداد", ">held": ">نگه‌داشته", ">oldest": ">قدیمی‌ترین"}
    columns |= {"who must act": "اقدام‌کننده", "next": "گام بعد"} if wide else {}
    rows = table("", *(screen.say(*pair) for pair in columns.items()))
    for line in lines:
        actor = screen.say(*ACTORS[line.actor])
        numbers = [
            str(line.count),
            str(line.held) if line.held else "·",
            short(now - line.oldest) if line.oldest else "·",
        ]
        if wide:
            rows.add_row(line.words, *numbers, actor, line.next)
        else:
            then = Text(f"{actor}: {line.next}" if line.actor else line.next)
            rows.add_row(Group(Text(line.words), Padding(then, (0, 0, 0, 4))), *numbers)
    console.print(rows)


def _facts(here: Here, now: datetime) -> dict[str, Any]:
    """Return the screen's contents as JSON can hold them."""
    return {
        "service": running_facts(here.runs),
        "switch": here.switch,
        "recovery": here.recovery,
        "lines": [
            {
                "what": line.what,
                "count": line.count,
                "held": line.held,
                "oldest": timestamp(line.oldest) if line.oldest else None,
                "actor": line.actor,
                "next": line.next,
            }
            for line in here.lines
        ],
        "endpoints": endpoint_facts(here.endpoints, now),
        "time_authorities": authority_facts(here.silent),
        "proof": here.proof,
        "certificates": here.certificates,
    }
