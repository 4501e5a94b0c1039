"""The points that only AWS or a person can prove. Every run tells them, so that nobody takes silence for health."""

from tombola_cli.doctor.finding import Line, only_you

# The point, the fact that decides it, and how to find out.
QUESTIONS = (
    ("alarms heard", "whether a message to the topic wakes somebody", "aws sns publish to it, and see who answers"),
    ("key administrators", "who may change the key's policy, and so read seeds", "who has kms:PutKeyPolicy in IAM?"),
    ("rights enforced", "whether no role, user or service control policy allows more or less", "IAM Access Analyzer"),
    ("conflicts", "how many draws on one item AWS answers with TransactionConflict", "load a copy of the stack"),
    ("throttling", "at which rate tables, index, functions and API throttle", "load a copy of the stack"),
    ("canary", "whether a bad deployment is rolled back by its alarms", "deploy one on a copy of the stack"),
    ("restore", "whether a backup can be restored, and how long that takes", "restore one to a new table"),
    ("flood", "whether AWS WAF stands before an API that is open to the internet", "docs/hot-keys.md, under attack"),
    ("budget", "whether somebody hears of a bill that grows", "AWS Budgets"),
)
ABOUT = "your account"


def lines() -> list[Line]:
    return [Line(name, ABOUT, only_you(seen, todo)) for name, seen, todo in QUESTIONS]
