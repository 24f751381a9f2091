"""The verb `legal notice`: legal effect of a stored notice and the last days that follow, each with its derivation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Annotated, Final

import typer

from adapters.cli.common.installation import installation_of
from adapters.cli.legal.derivation_view import both, show_derivation, show_versions, shown_day, told_derivation
from adapters.composition.legal.legal_values import LEGAL_RULES, OFFICE_CALENDAR, legal_values
from adapters.terminal.printing import (
    DEFAULT_CONFIG,
    ConfigOption,
    JsonOption,
    print_json,
    say,
    screen,
    tell_all,
    wrong_date,
)
from gateway.evidence.readable_records import ReadableRecords, divided, readable_records
from gateway.legal.last_day import Derived
from gateway.legal.law import Law
from gateway.legal.rules import STARTS, PeriodRule
from gateway.legal.service_effect import EffectFound, Viewed, effect_of
from gateway.legal.started_periods import started_periods
from gateway.notice.delivery_state import DeliveryEvent
from gateway.notice.legal_effect import at_the_latest
from gateway.notice.outbox import OutboxEntry
from gateway.notice.written_date import parse_day, written_day
from gateway.operations.effective_configuration import Configuration, in_force_at, parts_of
from gateway.overview.dates_in_words import civil_day as civil_day_of
from gateway.overview.legal.effect_words import effect_in_words, effect_name, effect_step_in_words
from gateway.overview.notices.deadline import FROM_VIEWING
from gateway.record.evidence_record import EvidenceKind, Header
from gateway.record.version_subject import Subject
from gateway.runtime.bilingual import Words
from gateway.runtime.errors import GatewayError
from gateway.store.stored import Admission

if TYPE_CHECKING:
    from adapters.composition.installation import Installation


def notice(
    reference: Annotated[str, typer.Argument(metavar="REFERENCE", help="As `notice list` shows it.")],
    on: Annotated[str | None, typer.Option("--on", help="Day of the question: 1404-12-01; default: today.")] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Derive a notice's legal effect as it stands at the end of a day, and the last days of what it started.

    Both follow from its receipts, by the rules of the day of its arrival. Nothing is stored.
    """
    installation = installation_of(config)
    admission = installation.store().notices.admission(reference)
    if admission is None:
        raise GatewayError("queue.unknown", where=reference)
    try:
        day = civil_day_of(installation.clock()) if on is None else parse_day(on)
    except GatewayError as error:
        raise wrong_date(error, "--on") from error
    entry = admission.entry
    law = installation.laws().at(entry.service_time)
    effect = effect_of(entry, law.rules, day)
    started = list(_periods(law, admission, effect))
    found = [derived for _, derived in started if derived is not None]
    waiting = [rule for rule, derived in started if derived is None]
    records = _records(installation, admission)
    record, named = _on_record(installation, law, entry), _named(records)
    if as_json:
        print_json({
            "reference": reference,
            "on": written_day(day),
            "effect": None if effect.effect is None else effect.effect.value,
            "effect_name": both(effect_name(effect)),
            "served_on": None if effect.served_on is None else written_day(effect.served_on),
            "arrival_known": effect.arrival_known,
            "service_rule": effect.rule and effect.rule.code,
            "effect_steps": [both(effect_step_in_words(step)) for step in effect.steps],
            "periods": [told_derivation(each) for each in found],
            "rules_version": law.rules.version,
            "calendar_version": law.calendar.version,
            "on_record": {
                "configuration": record.id, "rules": record.rules, "calendar": record.calendar,
            } if record is not None else None,
            "evidence_names": named,
        })  # fmt: skip
        return
    _show_effect(effect)
    if named is not None:
        say(f"  {screen.words(_NAMES.filled(**_labels(named)))}")
    elif record is not None:
        say(f"  {screen.words(record.words)}")
    for each in found:
        show_derivation(each)
    for rule in waiting:
        say(f"{screen.words(STARTS[rule.starts])}: {screen.words(FROM_VIEWING)}", style="bold")
    show_versions(law.rules.version, law.calendar.version)


_NAMES: Final = Words(
    en="Its evidence names the rules {rules} and the calendar {calendar} (record {record}).",
    fa="سند آن، قواعد {rules} و تقویم {calendar} را ثبت کرده است (رکورد {record}).",
)


def _records(installation: Installation, admission: Admission) -> ReadableRecords:
    """Return the notice's records. Raises the first `GatewayError` ``evidence.damaged`` of a damaged one, after all
    others are told.
    """
    evidence, reference = installation.store().evidence, admission.entry.reference
    found = readable_records(admission, evidence.of_notice(reference), evidence.configurations())
    if damage := found.damage:
        tell_all(damage[1:])
        raise damage[0]
    return found


def _named(records: ReadableRecords) -> dict[str, str] | None:
    """Return the versions of rules and calendar that the record of its arrival names, or else that of its first receipt
    of service; None: none.
    """
    headers = [Header.of(row.header) for row in records.own]
    naming = [each for each in headers if each.kind is EvidenceKind.RECEIPT and Subject.RULES.value in each.context]
    # A viewing that is stored first names the rules of its own day, since the arrival is not known then.
    arrival = DeliveryEvent.CONTENT_CONSIGNMENT.value
    header = next((each for each in naming if each.context.get("event") == arrival), next(iter(naming), None))
    if header is None:
        return None
    words = (Subject.RULES.value, Subject.CALENDAR.value)
    return {"record": header.id} | {name: value for name, value in header.context.items() if name.startswith(words)}


def _labels(named: dict[str, str]) -> dict[str, Words]:
    texts = {
        each.value: f"{named[each.value]}@{named[f'{each.value}_version']}"
        for each in (Subject.RULES, Subject.CALENDAR)
    } | {"record": named["record"]}
    return {name: Words(en=text, fa=text) for name, text in texts.items()}


def _periods(law: Law, admission: Admission, effect: EffectFound) -> Iterator[tuple[PeriodRule, Derived | None]]:
    """Yield what the notice started, as `started_periods`: a viewing after the day of the effect is not known."""
    if effect.served_on is None:
        return
    viewed_on = next((step.day for step in effect.steps if isinstance(step, Viewed)), None)
    body, kind, known = admission.body, admission.kind, effect.arrival_known
    yield from started_periods(law, body, kind, effect.served_on, viewed_on, arrival_known=known)


@dataclass(frozen=True, slots=True, kw_only=True)
class OnRecord:
    """Record of the configuration in force at the arrival of a notice: does it name the present rules and calendar?"""

    id: str
    rules: bool
    calendar: bool

    @property
    def words(self) -> Words:
        if self.rules:
            return Words(
                en=f"The configuration in force on that day named the same rules (record {self.id}).",
                fa=f"پیکربندی معتبر در آن روز، همین قواعد را ثبت کرده است (رکورد {self.id}).",
            )
        return Words(
            en=f"The configuration in force on that day did not name these rules: the files changed since "
            f"(record {self.id}).",
            fa=f"پیکربندی معتبر در آن روز این قواعد را ثبت نکرده است: فایل‌ها پس از آن تغییر کرده‌اند (رکورد {self.id}).",
        )


def _on_record(installation: Installation, law: Law, entry: OutboxEntry) -> OnRecord | None:
    """Compare rules and calendar with the record that was in force at arrival; None if there is no such record."""
    evidence = installation.store().evidence
    arrival = entry.service_time
    found = None if arrival is None else in_force_at(divided(evidence.configurations())[0], arrival)
    if found is None:
        return None
    there = parts_of(evidence.payload(found.payload_digest))
    present = Configuration.of(legal_values(law.rules.version, law.calendar.version, law.province)).parts
    same = {part: there.get(part) == present[part] for part in present}
    return OnRecord(id=found.id, rules=same[LEGAL_RULES], calendar=same[OFFICE_CALENDAR])


def _served_on(day: date, effect: EffectFound) -> str:
    shown = shown_day(day)
    return shown if effect.arrival_known else screen.words(at_the_latest(Words(en=shown, fa=shown)))


def _show_effect(effect: EffectFound) -> None:
    name = screen.words(effect_name(effect))
    say(name if effect.served_on is None else f"{name}: {_served_on(effect.served_on, effect)}", style="bold")
    for step in effect.steps:
        say(f"  {screen.words(effect_step_in_words(step))}")
    say(f"  {screen.words(effect_in_words(effect))}")
