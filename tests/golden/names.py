"""Names that the gateway stores or shows: each family is a set of lines, as the code has them today."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final, get_args

import click
from typer.main import get_command

from adapters.acts.registry import ACTS, VIEWS
from adapters.cli.main import app
from adapters.composition.passes.pass_names import LOOKS, PASSES
from adapters.settings import Settings
from adapters.settings.profile_sections.profile_file import ProfileFile, ProtocolName
from adapters.settings.sandbox import SandboxSettings
from adapters.settings.values import Section
from adapters.verifier.verbs.main import app as verifier
from adapters.web.facts import Facts, Reading
from adapters.web.health import ready
from adapters.web.metrics import DURATIONS, SHOWN
from gateway.audit.audit_recipe import Check
from gateway.audit.evidence_recipe import EvidenceCheck
from gateway.evidence.evidence_file import MEDIA_TYPES, Withheld
from gateway.evidence.timeline import Recorded
from gateway.intake.push_result import Way
from gateway.judiciary import courier
from gateway.judiciary.capabilities import InquiryWay, ReceiptWay, SealPlace
from gateway.judiciary.endpoint_status import STATES
from gateway.judiciary.maintenance_window import Weekday
from gateway.judiciary.outcome_codes import Meaning
from gateway.judiciary.pass_statistics import Record
from gateway.mapping.compiler.compiler import compile_mapping
from gateway.mapping.compiler.mistake import MappingMistaken
from gateway.mapping.kinds.kind_catalogue import KINDS
from gateway.mapping.model.schema import Group, Leaf, leaves
from gateway.mapping.transforms.transform_catalogue import TRANSFORMS
from gateway.notice.delivery_state import FINAL, TRANSITIONS, DeliveryEvent, DeliveryState
from gateway.notice.legal_effect import RULES, Effect
from gateway.notice.notice import RecipientKind
from gateway.operations.notice_access import Access
from gateway.people.permissions import Role
from gateway.reconciliation.limits import Lateness, Limit
from gateway.reconciliation.standing import Ask
from gateway.record.evidence_record import EvidenceKind
from gateway.record.retention_class import About
from gateway.record.version_subject import Subject
from gateway.runtime.errors import CATALOGUE, Actor, GatewayError
from gateway.runtime.pass_report import Wait
from gateway.runtime.verdict import Verdict
from gateway.store.courtesy_message import CourtesyOutcome
from gateway.store.inbox import Taking
from gateway.store.store_fingerprint import Cause, Recovery
from gateway.store.stored import QuarantineKind
from gateway.store.version_state import MappingEvent, MappingState
from gateway.trust.revocation_status import Requirement
from tests.golden.contracts import contracts
from tests.golden.printed import paths

WORDS: Final[Mapping[str, type[StrEnum]]] = {
    "access of a person": Access,
    "actor of an error": Actor,
    "check of a segment": Check,
    "check of an evidence file": EvidenceCheck,
    "condition of a judiciary's code": Meaning,
    "day of the week": Weekday,
    "outcome of a courtesy message": CourtesyOutcome,
    "effect by law": Effect,
    "event of a mapping": MappingEvent,
    "event of a notice": DeliveryEvent,
    "evidence kind": EvidenceKind,
    "kind of what is in quarantine": QuarantineKind,
    "lateness": Lateness,
    "limit": Limit,
    "message operation": courier.Operation,
    "place of a seal": SealPlace,
    "protocol of a profile": ProtocolName,
    "reason for a wait": Wait,
    "reason of a recovery": Cause,
    "reason why a payload is withheld": Withheld,
    "recipient kind": RecipientKind,
    "role of a person": Role,
    "record in a timeline": Recorded,
    "requirement of revocation lists": Requirement,
    "state of a mapping": MappingState,
    "state of a notice": DeliveryState,
    "subject of a mapping": Subject,
    "subject of a retention rule": About,
    "taking of a pushed row": Taking,
    "verdict of an audit": Verdict,
    "way of an inquiry": InquiryWay,
    "way of a push": Way,
    "way of receipts": ReceiptWay,
    "whom reconciliation asks": Ask,
}
"""Enumerations that are stored or shown, by what they are of."""


def words() -> Iterator[str]:
    """Yield each stored word with what it is of."""
    for about, enumeration in WORDS.items():
        yield from (f"{about}: {word.value}" for word in enumeration)
    yield from (f"state of an endpoint: {state}" for state in STATES)
    yield from (f"final state of a notice: {state.value}" for state in FINAL)
    yield from (f"pass: {name}" for name in (*PASSES, *LOOKS))
    yield from (f"rule of legal effect: {name}" for name in _names(RULES))
    yield from (f"media type: {ending} {kind}" for ending, kind in MEDIA_TYPES.items())


def transitions() -> Iterator[str]:
    """Yield each legal step of a notice."""
    for (before, event), after in TRANSITIONS.items():
        yield f"{before.value} {event.value} {after.value}"


def error_codes() -> Iterator[str]:
    """Yield each code with who must act and whether it is tried again: that is its meaning to a program."""
    for code, entry in CATALOGUE.items():
        yield f"{code} {entry.actor.value} {'tried again' if entry.retry else 'not tried again'}"


def metrics() -> Iterator[str]:
    """Yield each metric with its kind and labels."""
    for shown in SHOWN:
        yield _metric(shown.name, "counter" if shown.counts_up else "gauge", shown.labels)
    name, labels, _ = DURATIONS
    yield _metric(name, "summary", labels)


def _metric(name: str, kind: str, labels: Iterable[str]) -> str:
    return f"eblagh_{name} {kind} {','.join(labels) or '-'}"


def outcomes() -> Iterator[str]:
    """Yield the counts of a pass that are the judiciary's outcomes."""
    kinds: tuple[Any, ...] = get_args(courier.Outcome) + get_args(courier.Standing)
    yield from {kind.count for kind in kinds}


def health() -> Iterator[str]:
    """Yield the paths of what the service's health says: with a pass, an endpoint, a recovery and something wrong."""
    at = datetime(2026, 2, 3, 8, 30, tzinfo=UTC)
    facts = Facts(
        version="1",
        roles=["dispatch"],
        started_at=at,
        moves=True,
        ending=False,
        records=[Record(name="dispatch", kind="dispatch", source="", succeeded_at=at)],
        alarms={},
        errors={},
        reloads={},
        certificates={},
        refused=None,
        destination="court",
    )
    recovery = Recovery(epoch="1", replaced="0", remembered=None, since=at, cause=Cause.PERSON, evidence_id="act:1")
    fit = Reading(read_at=at, counts={"unasked": 1}, recovery=recovery)
    # The endpoint that this process calls is told, whether or not it was called.
    for reading in (fit, Reading(read_at=at, error=GatewayError("store.unavailable"))):
        yield from paths(ready(facts, reading, at)[1])


def acts() -> Iterator[str]:
    """Yield each act of a person with its arguments, as the service's socket takes them; then the views."""
    for name, each in (*ACTS.items(), *VIEWS.items()):
        yield name
        yield from (f"{name} {argument}" for argument in each.arguments.model_fields)
    yield from (f"{name} needs two persons" for name, doing in ACTS.items() if doing.two_persons)


def verbs() -> Iterator[str]:
    """Yield each verb of the two programs with its options and arguments."""
    yield from _verbs(get_command(app), "eblagh")
    yield from _verbs(get_command(verifier), "eblagh-verify")


def _verbs(command: click.Command, name: str) -> Iterator[str]:
    yield name
    for number, parameter in enumerate(command.params):
        if isinstance(parameter, click.Argument):
            yield f"{name} <argument {number + 1}>"
        else:
            yield from (f"{name} {option}" for option in (*parameter.opts, *parameter.secondary_opts))
    for word, inner in getattr(command, "commands", {}).items():
        yield from _verbs(inner, f"{name} {word}")


def configuration_keys() -> Iterator[str]:
    """Yield each key of gateway.toml with its types, and with its default where it may be left out."""
    yield from keys_of(Settings)


def profile_keys() -> Iterator[str]:
    yield from keys_of(ProfileFile)


def sandbox_keys() -> Iterator[str]:
    yield from keys_of(SandboxSettings)


def keys_of(model: type[Section]) -> Iterator[str]:
    """Yield the keys of a configuration file. ``*`` stands for a name that the file chooses, ``[]`` for a list; a table
    of several kinds has the keys of each."""
    schema = model.model_json_schema()
    yield from dict.fromkeys(_keys(schema, schema.get("$defs", {}), ""))


def _keys(node: Mapping[str, Any], parts: Mapping[str, Any], path: str) -> Iterator[str]:
    node = _meant(node, parts)
    for name, inner in node.get("properties", {}).items():
        here = f"{path}.{name}" if path else name
        yield here
        yield from (f"{here} takes {kind}" for kind in _types(inner, parts))
        if name not in node.get("required", ()):
            yield f"{here} {_default(inner)}"
        yield from _keys(inner, parts, here)
    if isinstance(others := node.get("additionalProperties"), Mapping):
        yield from _keys(others, parts, f"{path}.*")
    if isinstance(items := node.get("items"), Mapping):
        yield from _keys(items, parts, f"{path}[]")
    for each in (*node.get("anyOf", ()), *node.get("oneOf", ())):
        yield from _keys(each, parts, path)


def _meant(node: Mapping[str, Any], parts: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in node:
        node = parts[node["$ref"].rpartition("/")[2]]
    return node


def _types(node: Mapping[str, Any], parts: Mapping[str, Any]) -> Iterator[str]:
    """Yield each type, or each text, that a value may have: more may be added."""
    node = _meant(node, parts)
    inner = (*node.get("anyOf", ()), *node.get("oneOf", ()))
    for each in inner:
        yield from _types(each, parts)
    if "enum" in node or "const" in node:
        yield from (f'"{value}"' for value in node.get("enum", [node.get("const")]))
    elif not inner and node.get("type") != "null":
        yield str(node.get("format") or node.get("type", "anything"))


def _default(node: Mapping[str, Any]) -> str:
    """Return what it means to leave a key out; a default that is a table stands in the keys of that table."""
    value = node.get("default")
    if "default" not in node or value is None or isinstance(value, dict | list):
        return "may be left out"
    return f"may be left out: {value}"


def mapping_files() -> Iterator[str]:
    """Yield what a mapping file may hold: keys, kinds with what they read and make, transforms with parameters."""
    yield from _mapping_keys()
    for kind in KINDS.values():
        yield f"kind {kind.name}"
        yield from (f"kind {kind.name} reads {line}" for line in _fields(kind.source))
        yield from (f"kind {kind.name} makes {line}" for line in _fields(kind.target))
        yield from (
            f"kind {kind.name} may leave out {'.'.join(names)}"
            for names, leaf in leaves(kind.target)
            if not leaf.required
        )
    for transform in TRANSFORMS.values():
        yield f"transform {transform.name} gives {transform.gives.value}"
        yield from (f"transform {transform.name} takes {each.value}" for each in transform.takes)
        yield from (f"transform {transform.name} has {each.name}: {each.wanted.value}" for each in transform.parameters)


def _fields(group: Group, path: str = "") -> Iterator[str]:
    for name, member in group.members.items():
        here = f"{path}.{name}" if path else name
        if isinstance(member, Leaf):
            yield f"{here}: {member.type.value}{'[]' if member.many else ''}"
        else:
            yield from _fields(member, f"{here}[]" if member.many else here)


_HEADER: Final = "[mapping]\nlanguage = 1\nname = 'golden'\nkind = 'row-to-notice'\n"
_UNKNOWN: Final = {
    "the file": "no-such = 1\n" + _HEADER,
    "mapping": _HEADER + "no-such = 1\n",
    "tables.*": _HEADER + "[tables.a]\nunknown = 'refuse'\nno-such = 1\n[tables.a.entries]\nb = 'c'\n",
    "field[]": _HEADER + "[[field]]\nno-such = 1\n",
    "repeat[]": _HEADER + "[[repeat]]\nno-such = 1\n",
    "when": _HEADER + "[[field]]\nwhen = { no-such = 1 }\n",
}
"""Files with a key that there is not, by where it stands: the refusal names the keys that there are."""


def _mapping_keys() -> Iterator[str]:
    for place, text in _UNKNOWN.items():
        try:
            compile_mapping(text.encode(), "golden.toml")
        except MappingMistaken as error:
            [known] = [each.known for each in error.mistakes if each.code == "mapping.unknown-key"]
            yield from (f"key of {place}: {name}" for name in known)


def _names(rules: Any) -> list[str]:
    return sorted(str(getattr(each, "name", each)) for each in rules)


NAMES: Final = {
    "words": words,
    "transitions": transitions,
    "error-codes": error_codes,
    "metrics": metrics,
    "outcomes": outcomes,
    "contracts": contracts,
    "health": health,
    "acts": acts,
    "verbs": verbs,
    "configuration": configuration_keys,
    "profile": profile_keys,
    "sandbox": sandbox_keys,
    "mapping": mapping_files,
}
"""Families of names that need no database."""
