"""The names by which people call the three functions of a stack."""

from enum import StrEnum


class Function(StrEnum):
    """A function's short name."""

    DRAW = "draw"
    DISTRIBUTE = "distribute"
    COMPENSATE = "compensate"
