"""JMESPath for filters, choices and combined texts, beyond plain paths. https://jmespath.org

The library parses; its interpreter runs here under the budget. The cost of a node is deducted before the visit, and
that of a function or comparison before it reads or produces anything.
The language has no loops, no regular expressions and no access to attributes, so nothing else can take time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final

from jmespath.exceptions import (
    EmptyExpressionError,
    IncompleteExpressionError,
    JMESPathError,
    LexerError,
    ParseError,
)
from jmespath.functions import Functions
from jmespath.parser import Parser
from jmespath.visitor import TreeInterpreter

from gateway.mapping.model.budget import NODE, Budget
from gateway.mapping.model.paths import NAMESPACES, TEXT, Read
from gateway.notice import fields
from gateway.notice.large_octets import whole
from gateway.runtime.bilingual import Words, listed

MAX_EXPRESSION = 2000
"""Maximum length of an expression in characters."""

MAX_DEPTH = 60
"""Maximum nesting of an expression; a pipe counts as one level."""

Node = dict[str, Any]

_INCOMPLETE: Final = Words("{found}", "عبارت ناتمام است")
_UNCLOSED: Final = Words("{found}", "نشانه {sign} بسته نشده است")
_MISPLACED: Final = Words("{found}", "نشانه نابجا یا ناشناخته در نویسه {number}: {sign}")
_EMPTY: Final = Words("{found}", "عبارت خالی است")
_OTHER: Final = Words("{found}", "عبارت خوانده نمی‌شود")
_LENGTH: Final = Words("{length} characters; at most {most}", "{length} نویسه؛ حداکثر {most} نویسه")
_DEPTH: Final = Words("nested deeper than {most}", "بیش از {most} لایه تودرتو است").filled(most=MAX_DEPTH)
_FUNCTIONS: Final = Words("{name}; there are {known}", "{name}؛ توابع موجود: {known}")
_ARGUMENTS: Final = Words("{name} takes {wanted}, not {count}", "{name} باید {wanted} ورودی داشته باشد، نه {count}")
_MORE_ARGUMENTS: Final = Words(
    "{name} takes {wanted} or more, not {count}", "{name} باید حداقل {wanted} ورودی داشته باشد، نه {count}"
)


class BadExpression(ValueError):
    """The expression is not accepted; ``code`` is an entry of the catalogue, ``found`` the defect.

    ``named`` is a function that is none of ``known``.
    """

    literal_name = "BadExpression"

    def __init__(self, code: str, found: Words, named: str = "", known: Sequence[str] = ()) -> None:
        super().__init__(found.en)
        self.code, self.found, self.named, self.known = code, found, named, known


def parse_expression(text: str) -> Node:
    """Parse ``text`` into a syntax tree. Raises `BadExpression`."""
    if len(text) > MAX_EXPRESSION:
        raise BadExpression("mapping.expression-size", _LENGTH.filled(length=len(text), most=MAX_EXPRESSION))
    _assert_few_brackets(text)
    try:
        tree: Node = Parser().parse(text).parsed
    except RecursionError:
        raise BadExpression("mapping.expression-size", _DEPTH) from None
    except (JMESPathError, ValueError) as error:
        raise BadExpression("mapping.expression", _defect(error)) from error
    _assert_shallow(tree)
    for node in _nodes(tree):
        if node["type"] == "function_expression":
            _assert_callable(node)
    return tree


def _defect(error: ValueError) -> Words:
    """Return the library's English message, and the same in Persian by its class."""
    found = " ".join(str(error).split())[:200]
    match error:
        case IncompleteExpressionError() | ParseError(token_type="EOF"):
            return _INCOMPLETE.filled(found=found)
        case LexerError() if error.message.startswith("Unclosed"):
            return _UNCLOSED.filled(found=found, sign=error.message.split()[1])
        case ParseError():  # of a sign, too
            return _MISPLACED.filled(found=found, number=error.lex_position + 1, sign=str(error.token_value))
        case EmptyExpressionError():
            return _EMPTY.filled(found=found)
        case _:
            return _OTHER.filled(found=found)


def _assert_few_brackets(text: str) -> None:
    """Refuse too many open brackets before parsing: the recursion limit differs between Python versions."""
    depth = 0
    for character in text:
        depth += (character in "([{") - (character in ")]}")
        if depth > MAX_DEPTH:
            raise BadExpression("mapping.expression-size", _DEPTH)


def _assert_shallow(tree: Node) -> None:
    level, depth = [tree], 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise BadExpression("mapping.expression-size", _DEPTH)
        level = [child for node in level for child in _children(node)]


def _assert_callable(node: Node) -> None:
    name, count = node["value"], len(node["children"])
    spec = Functions.FUNCTION_TABLE.get(name)
    if spec is None:
        known = sorted(Functions.FUNCTION_TABLE)
        found = _FUNCTIONS.filled(name=name, known=listed(known))
        raise BadExpression("mapping.expression-function", found, name, known)
    wanted, variadic = len(spec["signature"]), bool(spec["signature"][-1].get("variadic"))
    if count < wanted or (count > wanted and not variadic):
        phrase = _MORE_ARGUMENTS if variadic else _ARGUMENTS
        raise BadExpression("mapping.expression-arguments", phrase.filled(name=name, wanted=wanted, count=count))


def _children(node: Node) -> list[Node]:
    return [child for child in node.get("children", ()) if isinstance(child, dict)]


def _nodes(tree: Node) -> Iterator[Node]:
    stack = [tree]
    while stack:
        node = stack.pop()
        yield node
        stack += _children(node)


def columns_of(tree: Node) -> list[str] | None:
    """Return the names that an expression begins with, in order; None if it reads the whole document."""
    found: dict[str, None] = {}
    return list(found) if _begins(tree, found) else None


def names_in(tree: Node) -> frozenset[str]:
    """Return every name in an expression, wherever it stands."""
    return frozenset(node["value"] for node in _nodes(tree) if node["type"] == "field")


def uses_of(tree: Node, name: str) -> Iterator[bool]:
    """Yield for each use of a name whether one element of it is taken by its place: True for ``name[0]``."""
    children = _children(tree)
    if tree["type"] == "field" and tree["value"] == name:
        yield False
    elif tree["type"] == "index_expression" and children[0].get("value") == name and children[1]["type"] == "index":
        yield True
    else:
        for child in children:
            yield from uses_of(child, name)


def _begins(node: Node, found: dict[str, None]) -> bool:
    """Collect the names that ``node`` reads of the document; return True if it reads nothing else."""
    match node["type"]:
        case "field":
            found[node["value"]] = None
            return True
        case "literal":
            return True
        case "subexpression" | "index_expression" | "pipe" | "projection" | "filter_projection" | "flatten":
            # Later parts begin at the result of the first part.
            return _begins(_children(node)[0], found)
        case "comparator" | "or_expression" | "and_expression" | "not_expression" | "function_expression":
            return _all_begin(node, found)
        case "multi_select_list" | "multi_select_dict" | "key_val_pair":
            return _all_begin(node, found)
        case "expref":  # it begins at the elements of another argument
            return True
        case _:
            return False


def _all_begin(node: Node, found: dict[str, None]) -> bool:
    answers = [_begins(child, found) for child in _children(node)]  # each is looked at, so that all names are found
    return all(answers)


def named_in_context(tree: Node) -> list[tuple[str, str | None]]:
    """Return each use of a namespace of the call, ``"$call".id``, with the name that is read of it (None: all)."""
    found: list[tuple[str, str | None]] = []
    stack = [tree]
    while stack:
        node = stack.pop()
        children = _children(node)
        if node["type"] == "subexpression" and _is_namespace(children[0]) and children[1]["type"] == "field":
            found.append((children[0]["value"], children[1]["value"]))
        elif _is_namespace(node):
            found.append((node["value"], None))
        else:
            stack += reversed(children)
    return found


def _is_namespace(node: Node) -> bool:
    return node["type"] == "field" and node["value"] in NAMESPACES


def compile_expression(tree: Node) -> Read:
    """Return a function that evaluates ``tree`` on the current element; namespaces of the call are beside it.

    A failure raises `fields.InvalidField` without a code of its own: the document does not fit the expression.
    """

    namespaces = {name for name, _ in named_in_context(tree)}

    def read(root: Any, item: Any, budget: Budget) -> Any:
        beside = root if namespaces and isinstance(root, Mapping) else {}
        context = {name: beside[name] for name in namespaces if name in beside}
        try:
            return _Bounded(budget, context).visit(tree, dict(item) if isinstance(item, Mapping) else item)
        except (JMESPathError, ValueError, ArithmeticError, TypeError, RecursionError) as error:
            raise fields.InvalidField("") from error

    return read


class _Bounded(TreeInterpreter):  # type: ignore[misc]  # the library has no types
    """Interpreter of the library that deducts each step from a budget; ``context`` are the namespaces of the call."""

    def __init__(self, budget: Budget, context: Mapping[str, Any]) -> None:
        super().__init__()
        self._budget, self._context = budget, context

    def visit(self, node: Node, *args: Any, **kwargs: Any) -> Any:
        self._budget.spend(NODE)
        return super().visit(node, *args, **kwargs)

    def visit_field(self, node: Node, value: Any) -> Any:
        name = node["value"]
        if name == TEXT and isinstance(value, str):
            return value  # of an element without attributes
        found = self._context[name] if name in self._context else super().visit_field(node, value)
        # As in JSON: the language knows no days and times.
        return found.isoformat() if isinstance(found, date) else found

    def visit_comparator(self, node: Node, value: Any) -> Any:
        sides = [self.visit(child, value) for child in node["children"]]
        for side in sides:
            self._budget.weigh(side)
        settled = {**node, "children": [_literal(whole(side)) for side in sides]}
        return super().visit_comparator(settled, value)

    def visit_function_expression(self, node: Node, value: Any) -> Any:
        arguments = self._budget.whole([self.visit(child, value) for child in node["children"]])
        if node["value"] == "join" and isinstance(arguments[0], str) and isinstance(arguments[1], list):
            self._budget.spend(len(arguments[0]) * len(arguments[1]))
        return self._functions.call_function(node["value"], arguments)

    def visit_flatten(self, node: Node, value: Any) -> Any:
        base = self.visit(node["children"][0], value)
        if isinstance(base, list):
            self._budget.spend(NODE * sum(len(part) if isinstance(part, list) else 1 for part in base))
        return super().visit_flatten({"type": "flatten", "children": [_literal(base)]}, value)

    def visit_slice(self, node: Node, value: Any) -> Any:
        if isinstance(value, list):
            self._budget.spend(NODE * len(value))
        return super().visit_slice(node, value)


def _literal(value: Any) -> Node:
    return {"type": "literal", "value": value}
