"""The fields that a file may have at a place, for whoever has written another there."""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel

Schema = dict[str, Any]


def told_of(model: type[BaseModel], loc: Sequence[str | int]) -> str:
    """Return which field may be meant by the last name of loc, that the model does not know: "" where none can."""
    schema = model.model_json_schema()
    places = [schema]
    for step in loc[:-1]:
        places = [inner for place in places for part in _parts(place, schema) for inner in _inside(part, step)]
    names = [name for place in places for part in _parts(place, schema) for name in part.get("properties", ())]
    near = get_close_matches(str(loc[-1]), names, n=1)
    if near:
        return f": do you mean {near[0]}?"
    return f": the fields here are {', '.join(dict.fromkeys(names))}" if names else ""


def _parts(place: Schema, schema: Schema) -> Iterator[Schema]:
    """Yield place and whatever it refers to, or may be instead."""
    yield place
    if "$ref" in place:
        yield from _parts(schema["$defs"][place["$ref"].rpartition("/")[2]], schema)
    for each in place.get("anyOf", ()):
        yield from _parts(each, schema)


def _inside(part: Schema, step: str | int) -> Iterator[Schema]:
    """Yield what may stand in part under a name, or at a number."""
    if isinstance(step, int):
        found = [part.get("items")]
    else:
        any_name = [part.get("additionalProperties"), *part.get("patternProperties", {}).values()]
        found = [part.get("properties", {}).get(step), *any_name]
    yield from (each for each in found if isinstance(each, dict))
