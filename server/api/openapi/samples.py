"""Results of a function of the contracts, found by calling it: samples, and the JSON schema that fits them all.

A function is called with everything, with nothing that it can do without, and without each such thing alone. What is
in every result is required; what a parameter's type allows (a UUID, one of a few words) is found again in the result.
"""

import inspect
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from enum import IntEnum
from typing import Annotated, Any, Literal, Union, cast, get_args, get_origin, get_type_hints
from uuid import UUID

from pydantic import BaseModel
from typing_extensions import Unpack, is_typeddict

Json = dict[str, Any]

_UUID = UUID("7f9c2ba4-e88f-5278-8c2b-1a5c3f0d9e21")
_TIME = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
_ANYTHING = "anything"
_LEFT_OUT = object()


class Size(IntEnum):
    """Extent of a sample value: all of it, what it must have, or None where that is allowed."""

    FULL = 0
    LEAST = 1
    NONE = 2


class Sampler:
    """Makes values of types; `known` has the schema of every text by which a type is known again."""

    def __init__(self) -> None:
        self.known: dict[str, Json] = {
            str(_UUID): {"type": "string", "format": "uuid"},
            _TIME.isoformat(): {"type": "string", "format": "date-time"},
            _ANYTHING: {},
        }

    def results(self, make: Callable[..., object]) -> list[object]:
        """Results of `make` for its calls, the fullest first."""
        return [make(*args, **named) for args, named in self._calls(make)]

    def _calls(self, make: Callable[..., object]) -> Iterator[tuple[list[Any], dict[str, Any]]]:
        parameters = list(inspect.signature(make).parameters.values())
        choices = dict(self._choices(parameters, get_type_hints(make, include_extras=True)))
        full = {name: values[0] for name, values in choices.items()}
        yield _call(parameters, full)
        yield _call(parameters, {name: values[-1] for name, values in choices.items()})
        for name, values in choices.items():
            for value in values[1:]:
                yield _call(parameters, full | {name: value})

    def _choices(
        self, parameters: Sequence[inspect.Parameter], hints: Mapping[str, Any]
    ) -> Iterator[tuple[str, list[Any]]]:
        """Possible values of each argument, the fullest first."""
        for parameter in parameters:
            hint = hints.get(parameter.name, Any)
            if parameter.kind is parameter.VAR_KEYWORD:
                facts = get_args(hint)[0] if get_origin(hint) is Unpack else None
                for name, one in get_type_hints(facts, include_extras=True).items() if facts else ():
                    yield name, [self.value(one, name), _LEFT_OUT]
            elif parameter.kind is not parameter.VAR_POSITIONAL:
                values = [self.value(hint, parameter.name, size) for size in Size]
                different = [value for at, value in enumerate(values) if value not in values[:at]]
                yield parameter.name, different + ([] if parameter.default is parameter.empty else [_LEFT_OUT])

    def value(self, hint: Any, name: str, size: Size = Size.FULL) -> Any:
        """A value of the type.

        Raises:
            TypeError: nothing is known of it.
        """
        origin, args = get_origin(hint), get_args(hint)
        if origin is Annotated:
            return self._annotated(args, name, size)
        if origin in {Union, types.UnionType}:
            return None if size is Size.NONE and type(None) in args else self.value(_first(args), name, size)
        if origin is Literal:
            return self._word(args) if isinstance(args[0], str) else args[0]
        if is_typeddict(hint):
            return self._members(hint, size)
        if isinstance(origin, type) and issubclass(origin, Sequence):
            items = list(self._items(args[0], name)) if size is Size.FULL else []
            return tuple(items) if origin is tuple else items
        return self._plain(origin or hint, name, size)

    def _items(self, hint: Any, name: str) -> Iterator[Any]:
        """Of each kind that an item of a list may be; of those with members also one where all that can be is null."""
        for kind in _kinds(hint):
            yield self.value(kind, name)
            if is_typeddict(kind):
                yield self.value(kind, name, Size.NONE)

    def _plain(self, hint: Any, name: str, size: Size) -> Any:
        if isinstance(hint, type) and issubclass(hint, BaseModel):
            return self._message(hint, size)
        if hint is Any or hint is object:
            return _ANYTHING
        if isinstance(hint, type) and issubclass(hint, Mapping):
            return {}
        plain: dict[Any, Any] = {bool: size is Size.FULL, int: 1, float: 0.5, str: name, UUID: _UUID, datetime: _TIME}
        plain[type(None)] = None
        if hint not in plain:
            raise TypeError(f"no sample of {hint!r} for {name}: annotate it with what it holds")
        return plain[hint]

    def _annotated(self, args: tuple[Any, ...], name: str, size: Size) -> Any:
        """`Annotated[type, what it holds]`: a message, a TypedDict, a list of them, or the words that it is one of."""
        if size is Size.NONE and type(None) in get_args(args[0]):
            return None
        for hint in args[1:]:
            if isinstance(hint, Mapping):  # what is said is one of its values
                words = cast("Mapping[str, str]", hint)
                self._word(list(words.values()))
                return next(iter(words))
            if isinstance(hint, tuple):
                return self._word(cast("Sequence[str]", hint))
            if isinstance(hint, type) and issubclass(hint, BaseModel):
                return self._message(hint, size).wire()
            if is_typeddict(cast("Any", hint)) or get_origin(hint) is list:
                return self.value(hint, name, size)
        return self.value(args[0], name, size)

    def _word(self, words: Sequence[str]) -> str:
        self.known[words[0]] = {"type": "string", "enum": list(dict.fromkeys(words))}
        return words[0]

    def _members(self, kind: Any, size: Size) -> Json:
        hints = get_type_hints(kind, include_extras=True)
        wanted = hints if size is Size.FULL else kind.__required_keys__
        return {name: self.value(hint, name, size) for name, hint in hints.items() if name in wanted}

    def _message(self, model: type[BaseModel], size: Size) -> Any:
        fields = {
            name: self.value(field.annotation, name, size)
            for name, field in model.model_fields.items()
            if size is Size.FULL or field.is_required()
        }
        return model.model_validate(fields, by_name=True)


def _kinds(hint: Any) -> tuple[Any, ...]:
    """Types that an item of a list may have."""
    return get_args(hint) if get_origin(hint) in {Union, types.UnionType} else (hint,)


def _first(args: tuple[Any, ...]) -> Any:
    return next(one for one in args if one is not type(None))


def _call(parameters: Sequence[inspect.Parameter], values: Mapping[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    given = {name: value for name, value in values.items() if value is not _LEFT_OUT}
    first = [one.name for one in parameters if one.kind is one.POSITIONAL_ONLY]
    return [given.pop(name) for name in first if name in given], given


def infer(values: Sequence[Any], known: Mapping[str, Json]) -> Json:
    """The JSON schema that fits all `values`; a text that is a key of `known` has its schema."""
    kinds: list[Json] = []
    for kind in (_infer_kind(kind, values, known) for kind in (dict, list, bool, str, float, int, type(None))):
        if kind == {}:
            return {}
        kinds += [kind] if kind is not None and kind not in kinds else []
    if any(kind.get("type") == "number" for kind in kinds):
        kinds = [kind for kind in kinds if kind.get("type") != "integer"]
    return kinds[0] if len(kinds) == 1 else {"anyOf": kinds} if kinds else {}


def _infer_kind(kind: type, values: Sequence[Any], known: Mapping[str, Json]) -> Json | None:
    """The schema of those values that are of this very kind, None if none is."""
    some = [value for value in values if type(value) is kind]
    if not some:
        return None
    if kind is dict:
        return _infer_object(some, known)
    if kind is list:
        items = infer([item for value in some for item in value], known)
        return {"type": "array", "items": items} if items else {"type": "array"}
    if kind is str:
        return dict(known[some[0]]) if all(text in known for text in some) else {"type": "string"}
    return {"type": {bool: "boolean", float: "number", int: "integer", type(None): "null"}[kind]}


def _infer_object(values: Sequence[Json], known: Mapping[str, Json]) -> Json:
    names = list(dict.fromkeys(name for value in values for name in value))
    found: Json = {"type": "object"}
    if names:
        found["properties"] = {name: infer([one[name] for one in values if name in one], known) for name in names}
        found["required"] = [name for name in names if all(name in one for one in values)]
    return found
