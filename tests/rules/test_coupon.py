"""What a provider's answer means for an order, and whether it is safe to ask again."""

import json
from datetime import timedelta
from email.utils import format_datetime

import pytest

from builders import NOON, SECOND, WAITS, an_award, an_order
from tombola.rules.award_type import AwardType
from tombola.rules.coupon import (
    ANSWER_MAX,
    COUPON_MAX,
    RETRY_AFTER_MAX,
    Answer,
    calls_again,
    coupon_or_failure,
    remembered_for,
    retry_at,
)
from tombola.rules.remedy import CLAIMS_TRUSTED, backoff
from tombola.rules.verdict import Failed, Refused

COUPON = "WELCOME-10"
PATH = ("data", "coupon")
BODY = json.dumps({"data": {"coupon": COUPON}}).encode()
HOUR = timedelta(hours=1)
COUPON_AWARD = an_award(award_type=AwardType.COUPON, award_content="", source="shop")


def meant(status: int, body: bytes = BODY, retry_after: str | None = None) -> str | Failed | Refused:
    return coupon_or_failure("shop", Answer(status, body, retry_after), PATH, NOON)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_a_good_answer_is_a_coupon(status: int) -> None:
    assert meant(status) == COUPON


@pytest.mark.parametrize("status", [400, 404, 410, 422])
def test_what_can_never_be_granted_is_refused(status: int) -> None:
    assert meant(status) == Refused(f"provider shop refuses it for good with {status}")


@pytest.mark.parametrize("status", [401, 403])
def test_a_provider_that_refuses_us_is_no_fault_of_the_order(status: int) -> None:
    because = f"provider shop refuses us with {status}: is the key in its definition right?"
    assert meant(status) == Failed(because, counts=False)


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 502, 503, 504, 599, 402, 405, 418, 451, 101, 600])
def test_everything_else_is_tried_again_and_counted(status: int) -> None:
    assert meant(status) == Failed(f"provider shop answered {status}")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_a_failure_by_name(status: int) -> None:
    assert meant(status) == Failed(f"provider shop redirects with {status}, and no redirect is followed")


WRONG = {
    "nothing": (b"", "no JSON"),
    "no JSON": (b"<html>secret-code", "no JSON"),
    "no UTF-8": (b'{"data": "\xff"}', "no JSON"),
    "no bottom": (b"[" * 60_000, "no JSON"),
    "a list": (b'["secret-code"]', "without a coupon at data.coupon"),
    "another object": (b'{"coupon": "secret-code"}', "without a coupon at data.coupon"),
    "no object on the way": (b'{"data": "secret-code"}', "without a coupon at data.coupon"),
    "a coupon that is null": (b'{"data": {"coupon": null}}', "no text of 1 to 1000 characters"),
    "a coupon that is a number": (b'{"data": {"coupon": 7001}}', "no text of 1 to 1000 characters"),
    "an empty coupon": (b'{"data": {"coupon": ""}}', "no text of 1 to 1000 characters"),
    "a long coupon": (b'{"data": {"coupon": "%s"}}' % (b"x" * (COUPON_MAX + 1)), "no text of 1 to 1000 characters"),
    "a coupon of lost bytes": (b'{"data": {"coupon": "\\ud800"}}', "no text of 1 to 1000 characters"),
    "a coupon of two lines": (b'{"data": {"coupon": "secret\\ncode"}}', "no text of 1 to 1000 characters"),
    "more than is read": (b" " * ANSWER_MAX + BODY, f"more than {ANSWER_MAX} bytes"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_good_answer_without_a_coupon_is_looked_at_before_it_is_asked_for_again(case: str) -> None:
    body, because = WRONG[case]
    found = meant(200, body)

    assert isinstance(found, Refused)
    assert because in found.because
    assert "secret" not in found.because
    assert "7001" not in found.because


def test_an_answer_does_not_show_its_body() -> None:
    assert COUPON not in repr(Answer(200, BODY))


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        (None, None),
        ("", None),
        ("soon", None),
        ("-1", None),
        ("1.5", None),
        ("120", 120 * SECOND),
        (" 120 ", 120 * SECOND),
        ("0", 0 * SECOND),
        ("999999", RETRY_AFTER_MAX),
        ("9" * 5_000, RETRY_AFTER_MAX),
        ("٣", None),
        (format_datetime(NOON + 90 * SECOND, usegmt=True), 90 * SECOND),
        (format_datetime(NOON - HOUR, usegmt=True), 0 * SECOND),
        (format_datetime(NOON + 100 * HOUR, usegmt=True), RETRY_AFTER_MAX),
        ("Fri, 31 Dec 9999 23:59:59 -2359", RETRY_AFTER_MAX),
        ("Mon, 99 Nov 2026 12:00:00 GMT", None),
    ],
)
def test_a_provider_says_when_to_ask_again_in_seconds_or_as_a_date_and_within_bounds(
    header: str | None, wait: timedelta | None
) -> None:
    assert retry_at(header, NOON) == (None if wait is None else NOON + wait)
    assert meant(503, retry_after=header) == Failed("provider shop answered 503", retry_at(header, NOON))


def test_a_coupon_is_remembered_for_longer_than_all_automatic_retries() -> None:
    claims = sum((max(WAITS.resend_after, backoff(WAITS, n)) for n in range(CLAIMS_TRUSTED)), timedelta())
    failures = WAITS.failures_max * max(RETRY_AFTER_MAX, WAITS.backoff_max, WAITS.resend_after)

    assert remembered_for(WAITS) > WAITS.first_check + claims + failures + timedelta(days=14)


@pytest.mark.parametrize(
    ("keeps", "later", "again"),
    [
        (None, timedelta(days=10_000), False),
        (24 * HOUR, 24 * HOUR - SECOND, False),
        (24 * HOUR, 24 * HOUR, True),
        (timedelta(), timedelta(), True),
    ],
)
def test_a_retry_may_give_a_second_coupon_once_the_provider_may_have_forgotten_the_key(
    keeps: timedelta | None, later: timedelta, *, again: bool
) -> None:
    order = an_order(award=COUPON_AWARD)

    assert calls_again(order, keeps, order.drawn_at + later) is again


def test_no_other_award_is_asked_for_twice() -> None:
    assert not calls_again(an_order(), timedelta(), NOON)
