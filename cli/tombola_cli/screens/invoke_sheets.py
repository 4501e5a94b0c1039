"""The answer of a function that was invoked, as it is shown."""

import json

from tombola_cli.sam.invoke import Answer
from tombola_cli.screens.blocks import Block, Facts


def answered(answer: Answer) -> list[Block]:
    """Show the status, where there is one, above the answer."""
    body = answer.answer
    text = body if isinstance(body, str) else json.dumps(body, indent=2, ensure_ascii=False)
    told = text if answer.status is None else f"{answer.status}\n{text}"
    return [Facts({"status": answer.status, "answer": body, "seconds": round(answer.seconds, 3)}, told)]
