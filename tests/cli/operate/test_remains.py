"""What stays is told with the times that the template and DynamoDB set."""

from sam_template import Stack
from tombola_cli.operate.remains import BACKUP_DAYS, DEAD_LETTER_DAYS, QUEUE_DAYS, REMAINS, STREAM_HOURS, remains_of

DAY_SECONDS = 86_400


def test_the_times_are_those_of_the_template_or_what_aws_does_without_one() -> None:
    resources = Stack().resources
    dead = resources["DeadLetters"]["Properties"]["MessageRetentionPeriod"]
    assert dead == DEAD_LETTER_DAYS * DAY_SECONDS
    assert "MessageRetentionPeriod" not in resources["Queue"]["Properties"]
    for name in ("Table", "Deliveries"):
        backups = resources[name]["Properties"]["PointInTimeRecoverySpecification"]
        assert backups == {"PointInTimeRecoveryEnabled": True}
    assert (QUEUE_DAYS, BACKUP_DAYS, STREAM_HOURS) == (4, 35, 24)


def test_each_place_says_why_it_stays_and_for_how_long() -> None:
    told = remains_of(["100001", "100002"])

    assert [each.what for each in told[:2]] == ["blocked in activity 100001", "blocked in activity 100002"]
    assert told[2:] == [*REMAINS]
    assert all(each.because and each.until for each in told)
    assert len({each.what for each in told}) == len(told)
