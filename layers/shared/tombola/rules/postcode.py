"""Which countries are there, and which form has a postcode in each?

A form says how many digits and letters there are, not which postcodes exist: new ones come, and nobody is to lose a
prize to an old list. It is compared without blanks and hyphens and in capitals, with the country's own code in front or
without it: LV-1010 is 1010. The forms, and the list of posts that ask for a postcode, follow the address data of
Google's libaddressinput (CC BY 4.0).
"""

import re

POSTCODE_MAX = 16  # characters

# Where the post asks for a postcode.
ASKED_FOR = {
    r"\d{4}": "AT AU BE CH DK GL HU LI LU LV NO NZ SJ ZA",
    r"\d{5}": "AX BL CZ DE EE ES FI FR GF GP GR IT KR LT MF MQ MX MY NC PF PL PM RE SE SK SM TR UA WF YT",
    r"\d{5}(\d{4})?": "AS FM GU MH MP PR PW US VI",
    r"\d{6}": "CN IN RO RU SG",
    r"\d{7}": "JP PT",
    r"\d{8}": "BR",
    r"\d{3}(\d{2,3})?": "TW",
    r"\d{4}[A-Z]{2}": "NL",
    r"[A-Z]\d[A-Z]\d[A-Z]\d": "CA",
    r"[A-Z]{1,2}\d[A-Z\d]?\d[A-Z]{2}|GIR0AA|BFPO\d{1,4}": "GB GG IM JE",
    r"[A-Z]{4}1ZZ": "FK GS IO PN SH TC",
}
# Where there are postcodes, and a letter without one arrives as well.
IF_GIVEN = {
    r"\d{3}": "AD FO GN IS LS MG PG",
    r"\d{3,4}": "BH",
    r"\d{4}": "AF AI AL AZ BD BG CC CV CX CY ET GE GW HM HT LR MD MK MZ NE NF PH PY SI TN VC VE VG",
    r"\d{4}(\d{2})?": "AM",
    r"\d{4}(\d{4})?": "LB",
    r"\d{4,5}": "TZ",
    r"\d{4,5}|\d{7}": "CR",
    r"\d{5}": "BA BB BT CU DO DZ EG EH GT HN HR ID IQ JO KE KW KY LA LK MA MC ME MM MN MV NA NI NP PK SA SD SN TH UM"
    " UY VA XK ZM",
    r"\d{5}(\d{2})?": "IL",
    r"\d{5,6}": "KH RS VN",
    r"\d{6}": "BY CO EC KG KZ NG TJ TM UZ",
    r"\d{7}": "CL",
    r"\d{10}": "IR",
    r"(PC)?\d{3}": "OM",
    r"(CP)?\d{4}": "SV",
    r"\d{5}|LIMA\d{1,2}|CALLAO\d{1,2}": "PE",
    r"\d{3}(\d{2}|[A-Z]{2}\d{3})": "MU",
    r"[A-Z]?\d{4}([A-Z]{3})?": "AR",
    r"[A-Z]\d{3}": "SZ",
    r"[A-Z]{2}\d{4}": "BN",
    r"[A-Z]{2}\d{5}": "SO",
    r"[A-Z]{2}[A-Z\d]{2}": "BM",
    r"[A-Z]{3}\d{2,4}": "MT",
    r"GX111AA": "GI",
    r"[A-Z\d]{7}": "IE",
}
# Where none is known; some of them begin to have one, which is taken as it is.
WITHOUT = (
    "AE AG AO AQ AW BF BI BJ BO BQ BS BV BW BZ CD CF CG CI CK CM CW DJ DM ER FJ GA GD GH GM GQ GY HK JM KI KM KN KP LC"
    " LY ML MO MR MS MW NR NU PA PS QA RW SB SC SL SR SS ST SX SY TD TF TG TK TL TO TT TV UG VU WS YE ZW"
)


def _by_country(groups: dict[str, str]) -> dict[str, str]:
    return {country: form for form, countries in groups.items() for country in countries.split()}


NEEDED, OPTIONAL = _by_country(ASKED_FOR), _by_country(IF_GIVEN)
# ISO leaves XK free for such uses as this: posts and carriers take it for Kosovo.
COUNTRIES = frozenset({*NEEDED, *OPTIONAL, *WITHOUT.split()})


def fault_of_postcode(country: str, postcode: str | None) -> str | None:
    """Return what is wrong with postcode in a country of COUNTRIES, or None; the words never hold it."""
    if postcode is None:
        return "is missing: letters to that country need one" if country in NEEDED else None
    form = NEEDED.get(country) or OPTIONAL.get(country)
    if form is None:
        return None
    bare = postcode.upper().replace(" ", "").replace("-", "")
    found = any(re.fullmatch(form, text, re.ASCII) for text in (bare, bare.removeprefix(country)))
    return None if found else "has not the form of that country's postcodes"
