"""Fields that more than one kind of file has: texts, names, and comparisons by their sign."""

from typing import Annotated, Any, Self

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, model_validator

from tombola.rules.facts import Operator

VALUES_MAX = 50  # of one comparison

# The values that JSON, a table and a queue all carry.
Words = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[^\x00-\x1f\x7f\ufffe\uffff]*$")]
Name = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]


def _sign(operator: Operator, *also: str) -> Any:  # noqa: ANN401 - as pydantic's Field
    return Field(default=None, validation_alias=AliasChoices(operator, *also), serialization_alias=operator)


class ComparisonFields(BaseModel):
    """One comparison by its sign, beside its purpose."""

    model_config = ConfigDict(extra="forbid")

    equal: Words | None = _sign(Operator.EQUAL)
    greater: Words | None = _sign(Operator.GREATER)
    less: Words | None = _sign(Operator.LESS)
    at_least: Words | None = _sign(Operator.AT_LEAST, "≥")
    at_most: Words | None = _sign(Operator.AT_MOST, "≤")
    among: list[Words] | None = _sign(Operator.IN)

    @model_validator(mode="after")
    def _one_sign(self) -> Self:
        if len(self._given()) != 1:
            raise ValueError(f"compare by one of {' '.join(Operator)}")
        if self.among is not None and len(self.among) > VALUES_MAX:
            raise ValueError(f"'in' takes {VALUES_MAX} values at most")
        return self

    def _given(self) -> dict[str, str | list[str]]:
        """Return the values by the sign they are under."""
        return self.model_dump(by_alias=True, include=set(ComparisonFields.model_fields), exclude_none=True)

    def compared(self) -> dict[str, Any]:
        """Return operator and values, as a comparison of the rules takes them."""
        ((sign, given),) = self._given().items()
        return {"operator": Operator(sign), "values": (given,) if isinstance(given, str) else tuple(given)}


def editors_schema(fields: type[BaseModel]) -> dict[str, Any]:
    """Return the JSON Schema of a file for editors: they read 1 as a number, and a time of the zone as a text."""
    schema = fields.model_json_schema()
    for described in (schema, *schema["$defs"].values()):
        for field in described["properties"].values():
            for each in (field, *field.get("anyOf", ())):
                _widen(each)
                _widen(each.get("items", {}))
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _widen(field: dict[str, Any]) -> None:
    if field.get("type") == "string" and "enum" not in field:
        field.pop("format", None)
        field["type"] = ["string", "number", "boolean"]
