"""Reading items totally: each is what it should be, or unreadable with its key and the reason, never an exception."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from tombola.rules.unreadable import Unreadable

Item = dict[str, Any]  # attribute values as DynamoDB writes them: {"S": …}, {"N": …}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LAST_MOMENT = datetime(9000, 1, 1, tzinfo=UTC)  # beyond it a clock may run over where a wait is added
MILLISECOND = timedelta(milliseconds=1)

T = TypeVar("T")


class DamageError(ValueError):
    """An attribute is not what it should be; the text names it, and never says what it holds."""


@dataclass(frozen=True, slots=True)
class Fields:
    """The attributes of an item or of a map within one."""

    values: Mapping[str, Any]

    def read(self, name: str, kind: str, convert: Callable[[Any], T]) -> T:
        """Return the attribute as convert makes it; raise DamageError naming it if it is absent or something else."""
        try:
            return convert(self.values[name][kind])
        except DamageError as error:
            raise DamageError(f"{name}.{error}") from None
        except Exception:  # noqa: BLE001 - convert may raise anything where it does not understand a value
            raise DamageError(f"{name} cannot be read" if name in self.values else f"{name} is missing") from None

    def maybe(self, name: str, kind: str, convert: Callable[[Any], T]) -> T | None:
        """Return the attribute likewise, None if it is absent."""
        return self.read(name, kind, convert) if name in self.values else None


def totally(decode: Callable[[Mapping[str, Any]], T]) -> Callable[[Mapping[str, Any]], T | Unreadable]:
    """Return decode as a function of any item at all: what it cannot make sense of is unreadable."""

    def decoded(item: Mapping[str, Any]) -> T | Unreadable:
        try:
            return decode(item)
        except DamageError as error:
            return unreadable(item, str(error))
        except Exception as error:  # noqa: BLE001 - total: there is no list of what damage may do
            return unreadable(item, f"its attributes contradict each other ({type(error).__name__})")

    return decoded


def unreadable(item: Mapping[str, Any], because: str) -> Unreadable:
    """Return item as one that cannot be read."""
    return Unreadable(pk=_key(item, "pk"), sk=_key(item, "sk"), because=because)


def count(digits: str) -> int:
    """Return a whole number of 0 or more."""
    found = int(digits)
    if found < 0:
        raise ValueError("it is negative")
    return found


def moment_from(digits: str) -> datetime:
    """Return epoch milliseconds as a time that waits can be added to."""
    found = EPOCH + int(digits) * MILLISECOND
    if not EPOCH <= found < LAST_MOMENT:
        raise ValueError("it is out of range")
    return found


def texts(values: list[Mapping[str, Any]]) -> tuple[str, ...]:
    return tuple(str(value["S"]) for value in values)


def _key(item: Mapping[str, Any], name: str) -> str:
    value = item.get(name)
    return str(value.get("S", "")) if isinstance(value, Mapping) else ""
