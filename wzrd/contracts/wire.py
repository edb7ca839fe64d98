"""What every wire model shares: lenient reading (unknown fields are ignored), exact writing, JSON as one line."""

from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class WireModel(BaseModel):
    """A message whose JSON spells its names as the documentation does (camelCase here, snake_case inside)."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        extra="ignore",
        frozen=True,
        str_max_length=200_000,
        defer_build=True,  # a process that imports all messages uses few: each is compiled when it is first used
    )

    def wire(self) -> dict[str, Any]:
        """The message as JSON-ready values, spelled for the wire."""
        return self.model_dump(mode="json", by_alias=True)


def dumps(value: object) -> bytes:
    """Compact JSON in UTF-8; never contains a raw newline, so that it fits one `data:` line."""
    return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS)


def loads(text: str | bytes) -> Any:
    """Parse JSON.

    Raises:
        ValueError: it is no JSON (orjson's error is a ValueError and names the place).
    """
    return orjson.loads(text)


def canonical(value: object) -> bytes:
    """JSON with sorted keys: equal values give equal bytes, whatever their order was."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
