"""Rules for the contents of a request: those of NoticeService.xsd, then those of CONTRACT.md beyond a schema."""

import base64
import binascii
import re
from collections.abc import Callable
from datetime import datetime, timedelta

import clock
import tables
from soap import Element

_SPACE = " \t\r\n"
# How far a sender's clock may be ahead.
_AHEAD = timedelta(days=1)
_EARLIEST = datetime(2011, 1, 1, tzinfo=clock.TEHRAN)


class RefusedError(Exception):
    def __init__(self, code: int, detail: str = "") -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail


class _BadValueError(Exception):
    pass


def _text(shortest: int, longest: int) -> Callable[[str], str]:
    def read(given: str) -> str:
        if not shortest <= len(given) <= longest:
            raise _BadValueError
        return given

    return read


def _digits(count: int) -> Callable[[str], str]:
    pattern = re.compile(f"[0-9]{{{count}}}")

    def read(given: str) -> str:
        if not pattern.fullmatch(given):
            raise _BadValueError
        return given

    return read


def _int(given: str) -> int:
    held = given.strip(_SPACE)
    if not re.fullmatch(r"[+-]?[0-9]{1,10}", held) or not -(2**31) <= int(held) < 2**31:
        raise _BadValueError
    return int(held)


def _local_time(given: str) -> datetime:
    held = given.strip(_SPACE)
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]", held):
        raise _BadValueError
    try:
        return datetime.fromisoformat(held).replace(tzinfo=clock.TEHRAN)
    except ValueError:
        raise _BadValueError from None


def _base64(given: str) -> bytes:
    try:
        return base64.b64decode("".join(given.split()), validate=True)
    except (binascii.Error, ValueError):
        raise _BadValueError from None


# Name, whether it must be there, how it is read; in the schema's order.
_Field = tuple[str, bool, Callable[[str], object]]
OPERATIONS: dict[str, list[_Field]] = {
    "RegisterNotice": [
        ("FirstName", True, _text(1, 50)),
        ("LastName", True, _text(1, 100)),
        ("FatherName", False, _text(1, 50)),
        ("NationalId", True, _digits(10)),
        ("Province", True, _text(1, 50)),
        ("City", True, _text(1, 50)),
        ("Street", True, _text(1, 200)),
        ("Plate", True, _text(1, 10)),
        ("PostalCode", True, _digits(10)),
        ("Kind", True, _int),
        ("IssuedDate", True, _local_time),
        ("Document", True, _base64),
        ("Reference", True, _text(1, 64)),
    ],
    "GetNoticeStatus": [("NoticeNumber", True, _digits(15))],
    "FindNotice": [("Reference", True, _text(1, 64))],
}


def operation_of(element: Element) -> str | None:
    if element.name.startswith(f"{{{tables.NAMESPACE}}}") and element.local in OPERATIONS:
        return element.local
    return None


def read(operation: str, element: Element) -> dict[str, object]:
    """The values by name, or RefusedError with the name of the first element that is not as the schema says."""
    if not element.has_only_elements() or element.own_attributes():
        raise RefusedError(tables.NOT_IN_CONTRACT, operation)
    values: dict[str, object] = {}
    left = list(element.children)
    for name, required, value_of in OPERATIONS[operation]:
        if not left or left[0].name != f"{{{tables.NAMESPACE}}}{name}":
            if required:
                raise RefusedError(tables.NOT_IN_CONTRACT, name)
            continue
        child = left.pop(0)
        # No element is nillable, none has an attribute.
        if child.children or child.attributes:
            raise RefusedError(tables.NOT_IN_CONTRACT, name)
        try:
            values[name] = value_of(child.text)
        except _BadValueError:
            raise RefusedError(tables.NOT_IN_CONTRACT, name) from None
    if left:
        raise RefusedError(tables.NOT_IN_CONTRACT, left[0].local)
    return values


def _is_national_id(digits: str) -> bool:
    if len(set(digits)) == 1:
        return False
    rest = sum(int(digit) * (10 - place) for place, digit in enumerate(digits[:9])) % 11
    return int(digits[9]) == (rest if rest < 2 else 11 - rest)


def judge_notice(values: dict[str, object]) -> None:
    """In the order in which the contract names the codes -11 to -15."""
    if not _is_national_id(str(values["NationalId"])):
        raise RefusedError(tables.NATIONAL_ID)
    postal_code = str(values["PostalCode"])
    if postal_code[0] == "0" or len(set(postal_code)) == 1:
        raise RefusedError(tables.POSTAL_CODE)
    if values["Kind"] not in tables.KINDS:
        raise RefusedError(tables.KIND)
    document = values["Document"]
    if not isinstance(document, bytes) or not document.startswith(b"%PDF-") or len(document) > tables.MAX_DOCUMENT:
        raise RefusedError(tables.DOCUMENT)
    issued = values["IssuedDate"]
    if not isinstance(issued, datetime) or not _EARLIEST <= issued <= clock.now() + _AHEAD:
        raise RefusedError(tables.ISSUED_DATE)
