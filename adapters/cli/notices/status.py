"""The verb `status`: one screen with the state of everything, and the person who must act."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import typer
from rich.console import Group
from rich.padding import Padding
from rich.text import Text

from adapters.cli.common.acting_account import by_whom
from adapters.cli.common.installation import installation_of
from adapters.cli.evidence.proof import proof_facts, show_proof
from adapters.cli.notices.alarm_lines import alarm_facts, mail_facts, mail_line, show_alarms, standing_alarms
from adapters.cli.service.courtesy import courtesy_facts, courtesy_line, courtesy_standing
from adapters.cli.service.endpoints import endpoint_facts, show_endpoints
from adapters.cli.service.recovery import recovery_facts
from adapters.cli.service.running import authority_facts, running_facts, same, short, show_running
from adapters.cli.service.switch import switch_facts
from adapters.composition.overview.installation_overview import overview
from adapters.composition.passes.deadline_alerts_task import near_days_of
from adapters.composition.sharing.counted_reads import reads_of_a_day
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
from gateway.judiciary.endpoint_status import EndpointView
from gateway.mail.alarm import Alarm
from gateway.mail.mail import MailStanding
from gateway.notice.delivery_state import DeliveryState
from gateway.notice.written_date import written_day
from gateway.overview.certificate_line import CertificateLine
from gateway.overview.dates_in_words import latin_digits
from gateway.overview.deadlines.deadline_alerts import NearDays
from gateway.overview.endpoint_line import is_down
from gateway.overview.next_step import ACTORS, Need, NextStep
from gateway.overview.notice_words import STATES
from gateway.overview.notices.work_line import WorkLine
from gateway.overview.service_run import NOT_STOPPED, Running, recovery_in_words, stop_in_words
from gateway.runtime.bilingual import Words
from gateway.runtime.clock import timestamp
from gateway.runtime.errors import CATALOGUE, Actor
from gateway.store.courtesy_message import CourtesyTally
from gateway.store.store_fingerprint import Cause
from gateway.store.stored import AuthorityState

_OPERATORS_VERB: Mapping[Need, Words] = {
    Need.RETRY_OR_WITHDRAW: Words(en="queue retry, or queue withdraw", fa="queue retry یا queue withdraw"),
    Need.SERVE_OTHERWISE: Words(en="queue other-channel", fa="queue other-channel"),
    Need.DECIDE_ABSENT: Words(en="queue decide --code doubt.absent", fa="queue decide --code doubt.absent"),
    Need.ASK_AND_DECIDE: Words(en="ask by telephone, then queue decide", fa="تلفنی بپرسید و سپس queue decide"),
    Need.RELEASE: Words(en="mend the cause; queue release", fa="علت را برطرف کنید؛ queue release"),
    Need.RELEASE_HOLD: Words(en="queue release, once the cause is over", fa="پس از رفع علت queue release"),
    Need.RESUME: Words(en="waits: everything is stopped; resume", fa="در انتظار است: همه چیز متوقف است؛ resume"),
    Need.CORRECT_ROWS: Words(en="rows refused; correct the case", fa="rows refused؛ پرونده را اصلاح کنید"),
    Need.JUDGE_QUARANTINE: Words(en="quarantine list", fa="quarantine list"),
}
"""Need → the verb for it, in the place of the step's words."""


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
    alarms: Sequence[Alarm] = ()
    mail: MailStanding | None = None
    near: NearDays | None = None
    sharing: Mapping[str, int] = field(default_factory=dict)
    """Readings of other bodies in the last 24 hours, by body."""
    courtesy: CourtesyTally | None = None


def status(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Show what runs, where everything stands and who must act; exit 1 where an operator must, or where the judiciary
    or a time authority does not answer."""
    installation = installation_of(config)
    found = overview(installation)
    store, now = installation.store(), found.at
    proof = proof_facts(found.proof, store.evidence, now)
    here = Here(
        runs=found.runs,
        silent=found.silent_authorities,
        switch=switch_facts(store),
        recovery=recovery_facts(store),
        lines=[_printed(line) for line in found.lines],
        endpoints=list(found.endpoints),
        proof=proof,
        certificates=list(_certificates(found.certificates, now)),
        alarms=standing_alarms(
            store.mail, now, [each["code"] for each in proof["alarms"]] if proof is not None else []
        ),
        mail=None if installation.settings.mail is None else store.mail.standing(),
        near=near_days_of(installation),
        sharing=reads_of_a_day(installation),
        courtesy=courtesy_standing(installation, now),
    )
    _show(here, now, as_json)
    down = here.silent or here.runs.silent or any(is_down(view) for view in here.endpoints)
    unproven = here.proof is not None and here.proof["alarms"]
    late = any(line.actor is Actor.OPERATOR for line in here.lines)
    down = down or bool(here.alarms)
    if here.switch["stopped"] or here.recovery["on"] or unproven or here.certificates or late or down:
        raise typer.Exit(FINDING)


def _printed(line: WorkLine) -> Line:
    indented = "  " if line.is_part else ""
    what = line.subject.value if isinstance(line.subject, DeliveryState) else indented + screen.words(line.words)
    return Line(
        what=what, count=line.count, held=line.held, oldest=line.oldest, actor=line.actor, next=_then(line.next)
    )


def _then(step: NextStep) -> str:
    """Return a next step with the verb for it."""
    text = screen.words(_OPERATORS_VERB.get(step.need, _words_of(step)))
    if step.need is Need.EXPLAIN_ANSWER:
        return screen.say("notice show has its words: ", "عبارت سرویس در notice show: ") + text
    if step.need is Need.REGISTER_SEAL:
        return screen.say(
            f"register its certificate; endpoint retry {step.subject}",
            f"گواهی آن را نزد قوه قضاییه ثبت کنید؛ endpoint retry {step.subject}",
        )
    if step.waiting and step.need in _OPERATORS_VERB:
        text = screen.say(f"{text}; {step.waiting} held: below", f"{text}؛ {step.waiting} مورد نگه‌داشته در زیر")
    return latin_digits(text) if step.waiting else text


def _certificates(found: Sequence[CertificateLine], now: datetime) -> Iterator[dict[str, str]]:
    """Yield the certificates that are invalid, or will be soon."""
    for each in found:
        if (step := each.next_step(now)) is None:
            continue
        state = step.code or screen.say(f"valid until {day(each.not_after)}", f"معتبر تا {day(each.not_after)}")
        yield _certificate(each.use, state, step.actor or Actor.OPERATOR, _words_of(step))


def _words_of(step: NextStep) -> Words:
    """Return a step's words; those of a remedy may name verbs."""
    return step.words if step.code is None else CATALOGUE[step.code].remedies


def _certificate(use: str, state: str, actor: Actor, then: Words) -> dict[str, str]:
    return {"use": use, "state": state, "actor": actor.value, "next": screen.words(then)}


def _show(here: Here, now: datetime, as_json: bool) -> None:
    if as_json:
        print_json(_facts(here, now))
        return
    speak, switch = screen.say, here.switch
    show_running(here.runs, here.silent, now)
    if switch["stopped"]:
        stopped = stop_in_words(same(moment(switch["since"])))
        say(speak(f"{stopped.en}; `resume` lets it go on", f"{stopped.fa}؛ resume"), "bold red")
        say(by_whom(switch))
    else:
        say(screen.words(NOT_STOPPED), "green")
    if here.recovery["on"]:
        words = recovery_in_words(Cause(here.recovery["cause"]), same(moment(here.recovery["since"])))
        told = speak(f"{words.en}; operator", f"{words.fa}؛ متصدی سامانه")
        say(f"{told}: recovery status", "bold yellow")
    show_alarms(here.alarms)
    if here.mail is not None and here.mail.code is not None:
        say(mail_line(here.mail), "yellow")
    if here.sharing:
        told = ", ".join(f"{body} {number}" for body, number in here.sharing.items())
        say(speak(f"readings of other bodies in 24 hours: {told}", f"مراجعه دستگاه‌های دیگر در ۲۴ ساعت: {told}"))
    if here.courtesy is not None:
        say(courtesy_line(here.courtesy), "yellow" if here.courtesy.code is not None else None)
    console.print()
    _show_lines(here.lines, now)
    for near in here.near.days if here.near is not None else ():
        say(latin_digits(screen.words(near.words(Words(en=near.body, fa=near.body)))), "yellow")
    console.print()
    show_endpoints(here.endpoints, now)
    if here.proof is not None:
        console.print()
    show_proof(here.proof, now)
    for each in here.certificates:
        actor, certificate = screen.words(ACTORS[Actor(each["actor"])]), speak("certificate", "گواهی")
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
        actor = screen.words(ACTORS[line.actor])
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
        # Left out without an alarm.
        **({"alarms": alarm_facts(here.alarms)} if here.alarms else {}),
        # Left out where no mail is sent, or nobody is told by telephone.
        **({"mail": mail_facts(here.mail)} if here.mail is not None else {}),
        # Left out where no alarm of deadlines is configured.
        **({"deadlines_near": _near_facts(here.near)} if here.near is not None else {}),
        # Left out where nothing is shared.
        **({"sharing": dict(here.sharing)} if here.sharing else {}),
        **({"courtesy": courtesy_facts(here.courtesy)} if here.courtesy is not None else {}),
    }


def _near_facts(near: NearDays) -> list[dict[str, Any]]:
    return [{"body": each.body, "last_day": written_day(each.last_day), "count": each.count} for each in near.days]
