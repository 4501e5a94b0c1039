"""Is this an address that a parcel may be sent to? A refusal names the field and the rule, and no value."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from tombola.rules.postcode import COUNTRIES, POSTCODE_MAX, fault_of_postcode
from tombola.rules.problem import Problem, malformed
from tombola.rules.request import read_object
from tombola.rules.shipping_address import ShippingAddress
from tombola.rules.user_id import LOST

REQUIRED = ("name", "address", "country")
NAME_MAX = 100  # characters of a person or of a place
LINE_MAX = 500  # of the address, which may name street, house, floor and door, and of a remark to the carrier
ID_MAX = 32  # of a province, city, county or town, in whatever catalogue
COUNTRY_MAX = 2
PHONE_MAX = 40
PHONE_DIGITS_MIN, PHONE_DIGITS_MAX = 5, 20  # E.164 has 15 at most, and an extension may follow
EMAIL_MAX = 254  # RFC 5321, section 4.5.3.1.3, without the angle brackets

LENGTHS = {
    "name": NAME_MAX,
    "address": LINE_MAX,
    "country": COUNTRY_MAX,
    "postcode": POSTCODE_MAX,
    **{f"{place}_id": ID_MAX for place in ("province", "city", "county", "town")},
    **{f"{place}_name": NAME_MAX for place in ("province", "city", "county", "town")},
    "phone": PHONE_MAX,
    "email": EMAIL_MAX,
    "remark": LINE_MAX,
}

# Control characters act on an operator's screen, ends of lines break a label, a surrogate is half a character; private
# characters, and those that are not assigned, look like nothing on paper.
NOT_PRINTED = frozenset({"Cc", "Cs", "Cn", "Co", "Zl", "Zp"})
# They turn the text behind them round: an operator would read another text than the carrier.
DIRECTIONS = frozenset(map(chr, (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))))

_PHONE = re.compile(r"\+?[0-9 ()./-]+")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")


def read_shipping_address(body: str | None) -> ShippingAddress | Problem:
    """Return the address that body, a JSON object, gives, or the problem with it, naming the field."""
    fields = read_object(body)
    if isinstance(fields, Problem):
        return fields
    return _problem_of(fields) or ShippingAddress(**fields)


def _problem_of(fields: Mapping[str, Any]) -> Problem | None:
    """Return the first problem with fields, or None; it never holds a value, nor a name that is no field's."""
    if not fields.keys() <= LENGTHS.keys():
        return malformed("body", f"an address has the fields {', '.join(LENGTHS)}, and no other")
    missing = [name for name in REQUIRED if name not in fields]
    if missing:
        return malformed(missing[0], f"{missing[0]} is missing: an address needs {', '.join(REQUIRED)}")
    faults = ((name, fault) for name, value in fields.items() if (fault := _fault_of_text(value, LENGTHS[name])))
    found = next(faults, None) or _fault_of_whole(fields)
    return None if found is None else malformed(found[0], " ".join(found))


def _fault_of_text(value: object, length: int) -> str | None:
    if not isinstance(value, str) or not 1 <= len(value) <= length:
        return f"must be a text of 1 to {length} characters; leave out what there is none of"
    if LOST in value:
        return "holds U+FFFD, in whose place other characters were lost: send UTF-8"
    categories = set(map(unicodedata.category, value))
    if not (NOT_PRINTED.isdisjoint(categories) and DIRECTIONS.isdisjoint(value)):
        return "must be one line, without characters that control, give a direction or are not assigned"
    if value != value.strip() or not any(category[0] in "LN" for category in categories):
        return "must hold a letter or a digit, and not begin or end with a blank"
    if not unicodedata.is_normalized("NFC", value):
        return "must be in Unicode's normal form C (NFC)"
    return None


def _fault_of_whole(fields: Mapping[str, str]) -> tuple[str, str] | None:
    """Return which of the fields, each of which is a text by itself, does not fit, and why."""
    if fields["country"] not in COUNTRIES:
        return "country", "must be a country's two letters by ISO 3166-1, in capitals, such as DE"
    if fault := fault_of_postcode(fields["country"], fields.get("postcode")):
        return "postcode", fault
    phone, email = fields.get("phone"), fields.get("email")
    if phone is None and email is None:
        return "phone", "is missing: carriers ask for a phone or an email"
    if phone is not None and not _is_phone(phone):
        return (
            "phone",
            f"must have {PHONE_DIGITS_MIN} to {PHONE_DIGITS_MAX} digits, and else only + ( ) . / - and blanks",
        )
    if email is not None and not _EMAIL.fullmatch(email):
        return "email", "must be an address such as name@example.org"
    return None


def _is_phone(text: str) -> bool:
    digits = sum(character.isdigit() for character in text)
    return _PHONE.fullmatch(text) is not None and PHONE_DIGITS_MIN <= digits <= PHONE_DIGITS_MAX
