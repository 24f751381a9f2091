"""Transforms that check identifiers of persons and places, and normalize them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gateway.mapping.model.values import Type
from gateway.mapping.transforms.text import text_of
from gateway.mapping.transforms.transform import Example, Family, Made, Transform, takes
from gateway.notice import fields, identifiers
from gateway.notice.fields import InvalidField
from gateway.notice.renovation_code import renovation_code
from gateway.notice.text import plain


def _identifier(name: str, says: str, check: Callable[[str], str], *examples: Example) -> Transform:
    return Transform(
        name=name,
        family=Family.IDENTIFIER,
        takes=takes(Type.TEXT, Type.INTEGER),
        gives=Type.TEXT,
        says=says,
        make=lambda: Made(apply=fields.identifier(check)),
        examples=examples,
    )


def _renovation(value: Any) -> str:
    found = renovation_code(text_of(value))
    if found is None:
        raise InvalidField("notice.renovation-code")
    return found


def _national(value: Any) -> str:
    found = identifiers.mobile(plain(text_of(value)))
    return "0" + found.removeprefix("+98")


def _domestic_mobile(value: Any) -> str:
    try:
        return _national(value)
    except identifiers.InvalidIdentifier as error:
        raise InvalidField(error.code) from None


TRANSFORMS = (
    _identifier(
        "national-id",
        "کد ملی: ten digits with their check digit; eight and nine are filled up with zeros.",
        identifiers.national_id,
        Example(given="۱۲۳۴۵۶۷۹", made="0012345679"),
        Example(given="0012345678", refused="recipient.national-id"),
        Example(given="1111111111", refused="recipient.national-id-repeated"),
    ),
    _identifier(
        "legal-id",
        "شناسه ملی of a legal person: eleven digits with their check digit.",
        identifiers.legal_entity_id,
        Example(given="14007650912", made="14007650912"),
        Example(given="14007650911", refused="recipient.legal-id"),
    ),
    _identifier(
        "foreign-id",
        "شناسه فراگیر of a foreign national: twelve digits; its check digit is not published.",
        identifiers.foreign_id,
        Example(given="123456789012", made="123456789012"),
        Example(given="12345", refused="recipient.foreign-id"),
    ),
    _identifier(
        "mobile",
        "An Iranian mobile number, as +989…",
        identifiers.mobile,
        Example(given="٠٩١٢ ٣٤٥ ٦٧٨٩", made="+989123456789"),
        Example(given="02188888888", refused="recipient.mobile"),
    ),
    Transform(
        name="domestic-mobile",
        family=Family.IDENTIFIER,
        takes=takes(Type.TEXT, Type.INTEGER),
        gives=Type.TEXT,
        says="An Iranian mobile number, as 09…",
        make=lambda: Made(apply=_domestic_mobile),
        examples=(Example(given="+989123456789", made="09123456789"),),
    ),
    _identifier(
        "postal-code",
        "Ten digits; spaces and hyphens between them are dropped.",
        identifiers.postal_code,
        Example(given="11155-12345", made="1115512345"),
        Example(given="123", refused="recipient.postal-code"),
    ),
    Transform(
        name="renovation-code",
        family=Family.IDENTIFIER,
        takes=takes(Type.TEXT),
        gives=Type.TEXT,
        says="کد نوسازی: seven numbers, district-region-block-house-building-apartment-shop.",
        make=lambda: Made(apply=_renovation),
        examples=(
            Example(given="۵/۱۲/۳/۴/۵/۶/۰", made="5-12-3-4-5-6-0"),
            Example(given="٥ – ١٢ – ٣ – ٤ – ٥ – ٦ – ٠", made="5-12-3-4-5-6-0"),
            Example(given="5-12", refused="notice.renovation-code"),
        ),
    ),
)
