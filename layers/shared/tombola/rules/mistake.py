"""What is wrong with an activity or a tree, and in which field?"""


class MistakeError(ValueError):
    """These values make no activity, or no tree; loc names the field as the file does."""

    def __init__(self, message: str, *loc: str | int) -> None:
        super().__init__(message)
        self.loc = loc
