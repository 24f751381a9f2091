"""JSON Schemas (2020-12) from local files alone, for the content of verified messages."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.exceptions import SchemaError
from jsonschema.validators import extend
from referencing import Registry
from referencing.exceptions import Unresolvable

from adapters.crypto.schema.json_patterns import pattern
from adapters.crypto.schema.strict_json import parse_file
from gateway.notice.large_octets import LargeValue, whole
from gateway.runtime.errors import GatewayError
from gateway.runtime.plain_words import words_of
from gateway.trust.trust_policy import Rejection


def _matches(validator: object, expression: str, instance: object, _schema: object) -> Iterator[ValidationError]:
    if _is_text(validator, instance) and not pattern(expression).found_in(whole(instance)):
        yield ValidationError("pattern")


def _are_unique(validator: Any, wanted: object, instance: Any, _schema: object) -> Iterator[ValidationError]:
    """Yield an error if two items are equal (2020-12 Core, 4.2.2). The library compares objects pair by pair.

    Items are compared as texts: an answer cannot choose these to have one hash, as it can whole numbers.
    """
    if wanted and validator.is_type(instance, "array"):
        known = set[str]()
        for item in instance:
            text = json.dumps(_plain(item), sort_keys=True, default=repr)
            if text in known:
                yield ValidationError("uniqueItems")
                return
            known.add(text)


def _plain(value: Any) -> Any:
    """Return a value in the form that all equal values have: 1.0 is 1, and a large text is in memory."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return {name: _plain(each) for name, each in value.items()} if isinstance(value, dict) else whole(value)


def _is_text(_checker: object, instance: object) -> bool:
    """Return True for a text; a large one is together in memory only while a pattern is matched."""
    return isinstance(instance, str) or (isinstance(instance, LargeValue) and instance.is_text)


_Validator: Any = extend(
    Draft202012Validator,
    {"pattern": _matches, "uniqueItems": _are_unique},
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine("string", _is_text),
)


def assert_schema(value: object, where: str) -> None:
    """Raise `GatewayError` ``courier.contract`` if a value is no schema, or has an invalid pattern."""
    try:
        Draft202012Validator.check_schema(value, format_checker=Draft202012Validator.FORMAT_CHECKER)
        _assert_patterns(value)
    except SchemaError as error:
        detail = f"no JSON Schema: {'.'.join(map(str, error.absolute_path)) or error.validator}"
        raise GatewayError("courier.contract", where=where, detail=detail) from error
    except (re.error, OverflowError, RecursionError) as error:
        detail = f"no pattern that can be judged: {error}"
        raise GatewayError("courier.contract", where=where, detail=detail) from error


class SchemaJudge:
    """Judge by the schemas at ``uris``, all of which must hold; references resolve through ``registry``."""

    def __init__(self, name: str, uris: Iterable[str], registry: Registry[Any]) -> None:
        self._name = name
        self._validator = _Validator({"allOf": [{"$ref": uri} for uri in uris]}, registry=registry)

    def assert_fits(self, value: object) -> None:
        """Raise as `MessageSchema.assert_fits` does."""
        _assert_fits(self._validator, self._name, value)


class MessageSchema:
    """Definitions of one file, ``$defs``. Nothing outside the file is ever read."""

    def __init__(self, path: Path) -> None:
        """Read the file. Raises `GatewayError` ``courier.contract``, naming the file."""
        schema = parse_file(path, str(path))
        assert_schema(schema, str(path))
        if not isinstance(schema, dict) or "$defs" not in schema:
            raise GatewayError("courier.contract", where=str(path), detail="no $defs in it")
        whole = _Validator(schema, registry=Registry())
        self._judges = {name: whole.evolve(schema={"$ref": f"#/$defs/{name}"}) for name in schema["$defs"]}

    @property
    def definitions(self) -> frozenset[str]:
        return frozenset(self._judges)

    def assert_fits(self, definition: str, value: object) -> None:
        """Raise `Rejection` ``verify.schema`` with the place and the rule, but without any value.

        Raises `GatewayError` ``courier.contract`` if the schema refers to another file, or to itself in a circle.
        """
        _assert_fits(self._judges[definition], definition, value)


def _assert_patterns(schema: object) -> None:
    """Raise `re.error` if any pattern in a schema has no bound.

    The library itself matches names of properties by `re`, so their patterns must be plain.
    """
    waiting = [schema]
    while waiting:
        here = waiting.pop()
        if isinstance(here, dict):
            if isinstance(expression := here.get("pattern"), str):
                pattern(expression)
            if isinstance(named := here.get("patternProperties"), dict):
                for expression in named:
                    if not pattern(expression).is_plain:
                        raise re.error("repeats within repeats, for the names of properties")
            waiting += here.values()
        elif isinstance(here, list):
            waiting += here


def _assert_fits(validator: Any, name: str, value: object) -> None:
    try:
        first = next(validator.iter_errors(value), None)
    except Unresolvable as error:
        raise GatewayError("courier.contract", where=name, detail=f"no {error.ref} in its file") from error
    except (re.error, RecursionError) as error:
        raise GatewayError("courier.contract", where=name, detail=words_of(error)) from error
    except ArithmeticError as error:
        raise Rejection("verify.schema", where=name, detail="a number with which nobody can compute") from error
    if first is not None:
        place = ".".join([name, *map(str, first.absolute_path)])
        raise Rejection("verify.schema", where=place, detail=str(first.validator or "pattern"))
