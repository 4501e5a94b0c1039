"""What a finding of the doctor's has to say."""

from tombola_cli.doctor.finding import Finding, Verdict

RIGHT, WRONG, ONLY_YOU = Verdict


def said(found: Finding, verdict: Verdict, words: str) -> None:
    assert (found.verdict, words in found.seen) == (verdict, True), found
    assert bool(found.todo) is (verdict is not RIGHT)
