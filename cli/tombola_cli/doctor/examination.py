"""The whole examination of a stack: every check, a trial draw, and the points that no check can prove."""

from collections.abc import Iterator

from tombola_cli.doctor import beyond
from tombola_cli.doctor.asking import Questions
from tombola_cli.doctor.checks import checks
from tombola_cli.doctor.finding import Line, UnansweredError
from tombola_cli.doctor.trial import Trial
from tombola_cli.operate.stack import Stack


def examined(stack: Stack, key: str) -> Iterator[Line]:
    """Yield the findings of each check, then those of a draw under key, then the points that no check can prove."""
    questions = Questions(stack)
    for check in checks():
        yield check.line(questions)
    yield from Trial(stack).lines(key, _authorization(questions))
    yield from beyond.lines()


def _authorization(questions: Questions) -> str:
    try:
        return questions.parameters().get("Authorization", "")
    except UnansweredError:  # then the API says so
        return ""
