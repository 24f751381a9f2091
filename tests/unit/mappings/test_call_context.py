"""Namespaces of a call: what a mapping reads of them, and the mistakes that are told before any message is made."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from gateway.judiciary.courier import Accepted, Unknown
from gateway.mapping.compiler.compiler import compile_mapping
from gateway.mapping.compiler.mistake import MappingMistaken
from gateway.mapping.kinds.call_context import answer_tree, context_under, request_tree
from gateway.mapping.kinds.exchange_schemas import by_reference
from gateway.mapping.kinds.kind_catalogue import KINDS
from gateway.mapping.kinds.outcomes import outcomes_of
from gateway.mapping.model.kind import Kind
from gateway.mapping.model.paths import NAMESPACES, parse_path
from gateway.mapping.program.program import Program, nested

HEAD = '[mapping]\nlanguage = 1\nname = "short"\nkind = "{kind}"\n'
NOW = datetime(2026, 2, 2, 21, 0, tzinfo=UTC)
CALL = "0b0f7a3e-6a4e-4a0e-9d3c-1f3f1d1c2b3a"
VALUES = {"org": "۱۲۳", "unit": "4"}


def field(target: str, source: str, *more: str) -> str:
    return "\n".join(["\n[[field]]", f'target = "{target}"', source, *more, ""])


def compiled(kind: str, body: str, **known: Any) -> Program:
    return compile_mapping((HEAD.format(kind=kind) + body).encode(), "own.toml", **known)


def mistakes(kind: str, body: str, **known: Any) -> list[tuple[str, int, str]]:
    with pytest.raises(MappingMistaken) as refusal:
        compiled(kind, body, **known)
    return [(each.code, each.line, each.found.en) for each in refusal.value.mistakes]


def test_a_request_reads_the_call_and_the_configuration_also_inside_a_list_and_in_an_expression() -> None:
    body = field("id", 'from = "$call.id"') + field("at", 'from = "$call.now"', 'do = ["time-text"]')
    body += field("day", 'from = "$call.today"', 'do = ["jalali-text"]') + field("org", 'from = "$config.org"')
    serial = """join('-', ["$config".unit, "$call".id, notices[0].reference])"""
    body += field("serial", f"expression = {json.dumps(serial)}")
    body += """
[[repeat]]
target = "letters"
from = "notices"
[[repeat.field]]
target = "sender"
from = "$config.org"
[[repeat.field]]
target = "name"
from = "reference"
[[repeat.field]]
target = "first"
from = "$.notices[0].reference"
"""
    document = {"notices": [{"reference": "A"}, {"reference": "B"}]}
    made = compiled("inquiry-to-message", body).run(document, context=request_tree(CALL, NOW, VALUES))
    assert not made.problems
    assert nested(made.values) == {
        "id": CALL,
        "at": "2026-02-03T00:30:00+03:30",
        "day": "1404/11/14",
        "org": "۱۲۳",
        "serial": f"4-{CALL}-A",
        "letters": [{"sender": "۱۲۳", "name": "A", "first": "A"}, {"sender": "۱۲۳", "name": "B", "first": "A"}],
    }


@pytest.mark.parametrize(
    ("expression", "made"),
    [
        ("""join(' ', ['Bearer', "$session".token])""", "Bearer T"),
        (""""$session".token""", "T"),
        (""""$session".token || 'none'""", "T"),
    ],
)
def test_an_expression_reads_the_token_of_the_session(expression: str, made: str) -> None:
    body = field("name", f"expression = {json.dumps(expression)}")
    context = request_tree(CALL, NOW, {}, "T")
    assert compiled("page-to-message", body).run({"limit": 1}, context=context).values == {"name": made}
    inside = "\n[[repeat]]\ntarget = 'l'\nfrom = 'notices'\n" + body.replace("[[field]]", "[[repeat.field]]")
    document = {"notices": [{"reference": "A"}]}
    assert compiled("inquiry-to-message", inside).run(document, context=context).values == {"l": [{"name": made}]}


def test_every_namespace_of_every_kind_is_one_of_the_names_that_paths_and_expressions_know() -> None:
    assert {name for kind in KINDS.values() for name in kind.context} == set(NAMESPACES)
    for name in NAMESPACES:
        assert (parse_path(name).namespace, parse_path(f"{name}.x").namespace) == (name, name)


def test_the_day_is_that_of_tehran_and_an_expression_sees_no_more_of_the_document_than_before() -> None:
    assert request_tree(CALL, NOW, {})["$call"]["today"] == date(2026, 2, 3)
    program = compiled("page-to-message", field("names", """expression = "join(',', keys(@))\""""))
    assert program.run({"limit": 1}, context=request_tree(CALL, NOW, {})).values == {"names": "limit"}


def test_a_name_of_the_document_that_begins_with_a_sign_stands_in_quotes() -> None:
    body = field("limit", 'from = "limit"') + field("type", """from = '"$call".id'""")
    made = compiled("answer-to-page", field("cursor", """from = '"$call".id'"""))
    assert made.run({"$call": {"id": "theirs"}}, context=answer_tree(CALL, {})).values == {"cursor": "theirs"}
    assert mistakes("page-to-message", body)[0][0] == "mapping.source-unknown"


@pytest.mark.parametrize(
    ("kind", "source", "code", "reported"),
    [
        ("page-to-message", 'from = "$call.idd"', "mapping.source-unknown", "did you mean $call.id?"),
        ("page-to-message", 'from = "$cal.id"', "mapping.source-unknown", "did you mean $call?"),
        ("page-to-message", 'from = "$call"', "mapping.source-unknown", "there are $call.id"),
        ("page-to-message", 'from = "$call[0].id"', "mapping.source-unknown", "there are $call.id"),
        ("page-to-message", 'from = "$request.call_id"', "mapping.source-unknown", "has $call, $config"),
        ("page-to-message", """expression = '"$call".idd'""", "mapping.source-unknown", "did you mean $call.id?"),
        (
            "page-to-message",
            """expression = '"$session".tokn'""",
            "mapping.source-unknown",
            "did you mean $session.token?",
        ),
        ("page-to-message", 'from = "$session"', "mapping.source-unknown", "there are $session.token"),
        ("page-to-message", 'from = "$config.organisation-code"', "mapping.source-unknown", "$config.NAME"),
        ("answer-to-page", 'from = "$call.id"', "mapping.source-unknown", "has $request, $config, $answer"),
        ("answer-to-page", 'from = "$request.reference"', "mapping.source-unknown", "there are $request.call_id"),
        ("answer-to-outcome", 'from = "$request.tracking_number"', "mapping.source-unknown", "$request.reference"),
        ("receipt-to-event", 'from = "$config.org"', "mapping.source-unknown", "has no names that begin with $"),
        ("row-to-notice", 'from = "$call.id"', "mapping.source-unknown", "has no names that begin with $"),
    ],
)
def test_a_wrong_or_misplaced_name_is_a_mistake_with_its_line(kind: str, source: str, code: str, reported: str) -> None:
    target = {"answer-to-page": "cursor", "receipt-to-event": "code", "row-to-notice": "subject"}.get(kind, "name")
    entry = field(target, source)
    if kind == "answer-to-outcome":
        entry = '\n[[repeat]]\ntarget = "results"\n[[repeat.field]]\ntarget = "code"\n' + source
    found = [each for each in mistakes(kind, entry) if each[0] == code]
    line = (HEAD.format(kind=kind) + entry).splitlines().index(source) + 1
    assert [(each[0], each[1]) for each in found] == [(code, line)]
    assert reported in found[0][2]


def test_a_value_that_nobody_configured_is_told_with_the_key_to_add() -> None:
    context = context_under(KINDS["page-to-message"].context, VALUES)
    assert compiled("page-to-message", field("org", 'from = "$config.anything"'))
    assert compiled("page-to-message", field("org", 'from = "$config.org"'), context=context)
    [(code, line, found)] = mistakes("page-to-message", field("org", 'from = "$config.orgg"'), context=context)
    assert (code, line) == ("mapping.config-missing", 8)
    assert found == '$config.orgg; did you mean org? add orgg = "…" under [judiciary.values] of the configuration'


def test_the_status_of_an_answer_is_read_only_where_the_protocol_gives_it_a_meaning() -> None:
    body = field("cursor", 'value = "none"', 'when = { from = "$answer.status", is = 204 }')
    context = context_under(KINDS["answer-to-page"].context, {})
    program = compiled("answer-to-page", body, context=context)
    assert program.run({}, context=answer_tree(CALL, {}, status=204)).values == {"cursor": "none"}
    assert program.run({}, context=answer_tree(CALL, {}, status=200)).values == {}
    reported = mistakes("answer-to-page", body, context=context_under(context, {}, has_status=False))
    assert [(code, line) for code, line, _ in reported] == [("mapping.source-unknown", 9)]


WITHOUT_REFERENCE = """
[[repeat]]
target = "results"
[[repeat.field]]
target = "status"
value = "ACCEPTED"
[[repeat.field]]
target = "tracking_number"
from = "Ticket"
"""


def test_an_answer_that_repeats_no_reference_is_about_the_only_notice_of_its_request() -> None:
    program = compiled("answer-to-outcome", WITHOUT_REFERENCE)
    made = program.run({"Ticket": "7"}, context=answer_tree(CALL, {}, reference="A"))
    assert outcomes_of(made, ["A"]) == {"A": Accepted(tracking_number="7")}
    unclear = Unknown(code="courier.incomplete-answer", detail="0 results")
    assert outcomes_of(made, ["A", "B"]) == {"A": unclear, "B": unclear}


def test_where_a_call_may_be_about_several_each_result_must_name_its_notice() -> None:
    kind: Kind = KINDS["answer-to-outcome"]
    [(code, _, found)] = mistakes("answer-to-outcome", WITHOUT_REFERENCE, target=by_reference(kind.target))
    assert (code, found) == ("mapping.target-unmapped", "reference")


def test_a_time_among_several_paths_is_a_mistake_since_no_text_is_made_of_it() -> None:
    body = field("at", 'from = ["$call.id", "$call.now"]', 'do = ["join"]')
    [(code, line, found)] = mistakes("page-to-message", body)
    assert (code, line) == ("mapping.transform-type", 8)
    assert found == "join takes text or integer, $call.now is time"
