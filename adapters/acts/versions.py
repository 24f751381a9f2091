"""Acts on versions of mappings, judiciary profiles, rules and calendars."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Generic, TypeVar

from pydantic import Field

from adapters.acts.act_message import Facts
from adapters.acts.upkeep_facts import activation_facts, version_facts
from adapters.composition.judiciary.bound_profile import assert_readable, bundle_losses
from adapters.composition.judiciary.speakable import assert_speakable
from adapters.composition.legal.law_versions import checked_law, compared_calendar, with_moved_deadlines
from adapters.composition.sources import assert_mappable, assert_results, named_mapping
from adapters.contracts.mapping_files import kind_of
from adapters.settings.values import Section
from gateway.mapping.compiler.compiler import compile_mapping
from gateway.mapping.compiler.mistake import MappingMistaken
from gateway.mapping.kinds.kind_catalogue import RESULT_TO_ROW, ROW_TO_NOTICE
from gateway.operations.operator_action import OperatorAction
from gateway.overview.legal.moved_deadline_words import told_moved
from gateway.record.version_subject import EVERY_NOTICE, Subject
from gateway.runtime.clock import parse_timestamp, timestamp
from gateway.runtime.errors import GatewayError
from gateway.store.ports.version_store import VersionStore
from gateway.store.stored import Changes
from gateway.store.version import MappingStep, MappingVersion
from gateway.versions import version_actions, version_plans
from gateway.versions.bundle import NAME
from gateway.versions.laws import files_of
from gateway.versions.lineage import COLUMNS_OF
from gateway.versions.version_plans import Decided, Done, Planned

if TYPE_CHECKING:
    from adapters.composition.installation import Installation

Outcome = TypeVar("Outcome")


class Version(Section):
    """Version of a mapping, profile, rules or calendar.

    ``version`` is ``name@number``, or a name for its newest. ``sources`` are those of a mapping, else empty.
    """

    version: str = Field(min_length=1, max_length=200)
    sources: list[str] = Field(default=[], max_length=1000)


class Import(Section):
    """Import of a version.

    ``octets`` is base64 of a mapping file, which has its own name, or of a bundle, called ``name``. ``label`` is their
    origin, for people; ``begun_from`` the version, or file, that was changed to make it.
    """

    octets: str
    label: str = Field(max_length=4096)
    name: str | None = Field(default=None, pattern=NAME)
    begun_from: str = Field(default="", max_length=200)
    sources: list[str] = Field(default=[], max_length=1000)


class Activate(Version):
    """Activation; ``begins`` is a time with an offset, or None for now."""

    begins: str | None = None


class RollBack(Section):
    """Return to the version before; ``source`` is None for a subject that has no sources."""

    source: str | None = None
    subject: Annotated[Subject, Field(strict=False)]


@dataclass(frozen=True, slots=True)
class VersionAct(Generic[Outcome]):
    """Act on versions: ``planned`` makes its plan, and ``told`` facts of its outcome."""

    planned: Callable[[Installation, OperatorAction, Any], Planned[Outcome]]
    told: Callable[[Outcome], Facts]

    def perform(self, installation: Installation, act: OperatorAction, asked: Any) -> Facts:
        return self.told(version_actions.write(installation.store(), self.planned(installation, act, asked)))

    def plan(self, installation: Installation, act: OperatorAction, asked: Any) -> Changes | None:
        return self.planned(installation, act, asked).changes


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """Outcome of an import; ``wrong`` is the check that failed, if one did."""

    done: Done
    wrong: GatewayError | None


@dataclass(frozen=True, slots=True)
class Life:
    """Plans of acts on versions ``of`` mappings (of rows and of results), or of another subject.

    Each raises `GatewayError` ``mapping-life.*``, and the defects of a version.
    """

    of: Subject

    def plan_import(self, installation: Installation, act: OperatorAction, asked: Import) -> Planned[Imported]:
        octets, checked = _octets(asked.octets), ""
        wrong: GatewayError | None = None
        subject: Subject
        name: str | None
        if self.of.has_sources:
            subject, name = _compiled(octets, asked.label)
        else:
            _assert_bundle(self.of, octets, asked.label)
            subject, name = self.of, asked.name
        if name is None:
            raise GatewayError("act.request", where="name", detail=f"{self.of.value} has one")
        try:
            checked = _checked(installation, asked.sources, octets, asked.label, subject)
        except GatewayError as found:
            wrong = found
        store, origin = installation.store(), installation.settings.gateway.name
        plan = version_plans.plan_import(store, octets, name, checked, act, origin, subject, asked.begun_from)
        return Planned(changes=plan.changes, outcome=Imported(done=plan.outcome, wrong=wrong))

    def plan_submission(self, installation: Installation, act: OperatorAction, asked: Version) -> Planned[Done]:
        store = installation.store()
        found = find(store.versions, asked.version, self.of)
        checked = _checked(installation, asked.sources, found.octets, found.label, found.subject)
        return version_plans.plan_submission(store, found, checked, act, installation.settings.gateway.name)

    def plan_approval(self, installation: Installation, act: OperatorAction, asked: Version) -> Planned[Done]:
        store = installation.store()
        found = find(store.versions, asked.version, self.of)
        looked_at = (found.octets, found.label, found.subject)
        checked = _checked(installation, asked.sources, *looked_at) if asked.sources else ""
        return version_plans.plan_approval(store, found, act, installation.settings.gateway.name, checked)

    def plan_activation(self, installation: Installation, act: OperatorAction, asked: Activate) -> Planned[Decided]:
        store = installation.store()
        found = find(store.versions, asked.version, self.of)
        _checked(installation, asked.sources, found.octets, found.label, found.subject)
        begins_at = act.at if asked.begins is None else _time(asked.begins)
        where, origin = self._places(installation, asked.sources), installation.settings.gateway.name
        moves = self._moves(installation)
        plan = version_plans.plan_activation(store, found, where, begins_at, act, origin, moves)
        return with_moved_deadlines(installation, plan)

    def plan_roll_back(self, installation: Installation, act: OperatorAction, asked: RollBack) -> Planned[Decided]:
        if self.of.area != asked.subject.area:
            raise GatewayError("act.request", where="subject", detail=asked.subject.value)
        [where] = self._places(installation, [asked.source] if asked.source else [])
        store, origin = installation.store(), installation.settings.gateway.name
        named = partial(named_mapping, installation, where, asked.subject)
        moves = self._moves(installation)
        plan = version_plans.plan_roll_back(store, where, act, origin, asked.subject, named, moves)
        if self.of.is_legal:
            # The configuration, or this program, may have changed since that version was in force.
            [decision] = plan.outcome.activations
            earlier = find(store.versions, decision.label, self.of)
            _checked(installation, [], earlier.octets, earlier.label, earlier.subject)
        return with_moved_deadlines(installation, plan)

    def plan_retirement(self, installation: Installation, act: OperatorAction, asked: Version) -> Planned[Done]:
        store = installation.store()
        found = find(store.versions, asked.version, self.of)
        everywhere = self._places(installation, list(installation.settings.sources))
        return version_plans.plan_retirement(store, found, everywhere, act, installation.settings.gateway.name)

    @property
    def acts(self) -> Mapping[str, VersionAct[Any]]:
        """The acts by the last part of their names."""
        return {
            "import": VersionAct(self.plan_import, lambda outcome: done_facts(outcome.done, outcome.wrong)),
            "submit": VersionAct(self.plan_submission, done_facts),
            "approve": VersionAct(self.plan_approval, done_facts),
            "activate": VersionAct(self.plan_activation, decided_facts),
            "rollback": VersionAct(self.plan_roll_back, decided_facts),
            "retire": VersionAct(self.plan_retirement, done_facts),
        }

    def show(self, installation: Installation, asked: Version) -> Facts:
        """Return a version's octets (base64) and history; of a profile, also the guarantees that it gives up."""
        store = installation.store()
        found = find(store.versions, asked.version, self.of)
        steps = store.versions.history(found.name, found.number)
        octets = base64.b64encode(found.octets).decode()
        facts = version_facts(found) | {"octets": octets, "steps": [_step(step) for step in steps]}
        if self.of is Subject.PROFILE:
            facts["losses"] = bundle_losses(found.octets, found.label)
        return facts

    def _places(self, installation: Installation, sources: Sequence[str]) -> list[str]:
        """Return the sources for which a version is in force, or the one place that another subject has."""
        if self.of is Subject.PROFILE:
            return [installation.settings.judiciary.destination]
        if self.of.is_legal:
            return [EVERY_NOTICE]
        _assert_sources(installation, sources)
        return list(dict.fromkeys(sources))

    def _moves(self, installation: Installation) -> version_plans.Moves:
        """Return the comparison of deadlines; another subject than a calendar moves none."""
        of_calendar = self.of is Subject.CALENDAR
        return partial(compared_calendar, installation) if of_calendar else version_plans.nothing


def find(store: VersionStore, label: str, of: Subject) -> MappingVersion:
    """Return a version of a mapping, of rows or of results (a name is of one of the two), or of another subject."""
    if not of.has_sources:
        return version_plans.find(store, label, of)
    versions = store.find(label.partition("@")[0])
    of_results = any(each.subject is Subject.RESULTS for each in versions)
    return version_plans.find(store, label, Subject.RESULTS if of_results else Subject.ROWS)


def _step(step: MappingStep) -> dict[str, Any]:
    return {
        "at": timestamp(step.at),
        "event": step.event,
        "state": step.after.state,
        "account": step.account,
        "reason": step.reason,
        "detail": step.detail,
        "evidence": step.evidence_id,
    }


def _checked(installation: Installation, sources: Sequence[str], octets: bytes, label: str, subject: Subject) -> str:
    """Look for a mapping's columns in the sources, bind a profile's contract, or read rules or a calendar.

    Returns the text to record.

    Raises `GatewayError`.
    """
    if subject is Subject.PROFILE:
        return assert_speakable(installation, octets, label)
    if subject.is_legal:
        return checked_law(installation, subject, octets, label)
    _assert_sources(installation, sources)
    for name in sources:
        if subject is Subject.RESULTS:
            assert_results(installation, name, octets, label)
        else:
            assert_mappable(installation, name, octets, label)
    return f"{COLUMNS_OF}{', '.join(sources)}"


def _assert_sources(installation: Installation, sources: Sequence[str]) -> None:
    there = installation.settings.sources
    if not sources or not there.keys() >= set(sources):
        raise GatewayError("act.request", where="sources", detail=f"some of {', '.join(there)} are wanted")


def _assert_bundle(subject: Subject, octets: bytes, label: str) -> None:
    """Raise `GatewayError` for octets that are no bundle of a subject: its contents may be wrong in a draft."""
    if subject is Subject.PROFILE:
        assert_readable(octets, label)
    else:
        files_of(octets, label)


def _compiled(octets: bytes, label: str) -> tuple[Subject, str]:
    """Return the subject of a mapping file, and its name. Raises `MappingMistaken`."""
    subject = Subject.RESULTS if kind_of(octets) == RESULT_TO_ROW.name else Subject.ROWS
    kind = RESULT_TO_ROW if subject is Subject.RESULTS else ROW_TO_NOTICE
    return subject, compile_mapping(octets, label, kind=kind.name).name


def done_facts(done: Done, wrong: GatewayError | None = None) -> Facts:
    facts = version_facts(done.version) | {"changed": done.changed, "mistakes": []}
    if isinstance(wrong, MappingMistaken):
        return facts | {"mistakes": [each.facts for each in wrong.mistakes], "mistaken": wrong.file}
    if wrong is not None:
        return facts | {"mistakes": [{"code": wrong.code, "where": wrong.where, "detail": wrong.detail}]}
    return facts


def decided_facts(decided: Decided) -> Facts:
    facts: Facts = {
        "activated": [activation_facts(each) for each in decided.activations],
        "dropped": [activation_facts(each) for each in decided.dropped],
    }
    if (found := decided.moved) is not None:
        facts["deadlines"] = {"notices": found.notices, "moved": [told_moved(each) for each in found.moved]}
    return facts


def _octets(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise GatewayError("act.request", where="octets", detail="no base64") from error


def _time(text: str) -> datetime:
    try:
        return parse_timestamp(text).astimezone(UTC)
    except ValueError as error:
        raise GatewayError("act.request", where="begins", detail="no time with an offset") from error
