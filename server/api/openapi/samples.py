"""What a function of the contracts makes, found by calling it: samples, and the JSON schema that fits them all.

A function is called with everything, with nothing that it can do without, and without each such thing alone. What is
in every result is required; what a parameter's type allows (a UUID, one of a few words) is found again in the result.
"""

import inspect
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Union, cast, get_args, get_origin, get_type_hints
from uuid import UUID

from pydantic import BaseModel
from typing_extensions import Unpack, is_typeddict

Json = dict[str, Any]

_UUID = UUID("7f9c2ba4-e88f-5278-8c2b-1a5c3f0d9e21")
_TIME = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
_ANYTHING = "anything"
_LEFT_OUT = object()


class Sampler:
    """Makes values of types; `known` has the schema of every text by which a type is known again."""

    def __init__(self) -> None:
        self.known: dict[str, Json] = {
            str(_UUID): {"type": "string", "format": "uuid"},
            _TIME.isoformat(): {"type": "string", "format": "date-time"},
            _ANYTHING: {},
        }

    def results(self, make: Callable[..., object]) -> list[object]:
        """What `make` returns for its calls, the fullest first."""
        return [make(*args, **named) for args, named in self._calls(make)]

    def _calls(self, make: Callable[..., object]) -> Iterator[tuple[list[Any], dict[str, Any]]]:
        hints = get_type_hints(make, include_extras=True)
        parameters = list(inspect.signature(make).parameters.values())
        choices = dict(self._choices(parameters, hints))
        yield _call(parameters, {name: full for name, (full, _) in choices.items()})
        yield _call(parameters, {name: least for name, (_, least) in choices.items()})
        for without, (_, least) in choices.items():
            if least is not choices[without][0]:
                full = {name: value for name, (value, _) in choices.items()}
                yield _call(parameters, full | {without: least})

    def _choices(
        self, parameters: Sequence[inspect.Parameter], hints: Mapping[str, Any]
    ) -> Iterator[tuple[str, tuple[Any, Any]]]:
        """Each argument at its fullest, and at its least."""
        for parameter in parameters:
            hint = hints.get(parameter.name, Any)
            if parameter.kind is parameter.VAR_KEYWORD:
                facts = get_args(hint)[0] if get_origin(hint) is Unpack else None
                for name, one in get_type_hints(facts, include_extras=True).items() if facts else ():
                    yield name, (self.value(one, name), _LEFT_OUT)
            elif parameter.kind is not parameter.VAR_POSITIONAL:
                full = self.value(hint, parameter.name)
                optional = parameter.default is not parameter.empty
                yield parameter.name, (full, _LEFT_OUT if optional else self.value(hint, parameter.name, full=False))

    def value(self, hint: Any, name: str, *, full: bool = True) -> Any:
        """A value of the type; at its least it is None where that is allowed, or has only what it must have."""
        origin, args = get_origin(hint), get_args(hint)
        if origin is Annotated:
            return self._annotated(args, name, full=full)
        if origin in {Union, types.UnionType}:
            return None if not full and type(None) in args else self.value(_first(args), name, full=full)
        if origin is Literal:
            return self._word([str(one) for one in args]) if isinstance(args[0], str) else args[0]
        if is_typeddict(hint) or (isinstance(hint, type) and issubclass(hint, BaseModel)):
            return self._members(hint, full=full) if is_typeddict(hint) else self._message(hint, full=full)
        if origin in {list, tuple, Sequence} or (isinstance(origin, type) and issubclass(origin, Sequence)):
            items = [self.value(args[0], name, full=full)] if full and args else []
            return tuple(items) if origin is tuple else items
        return self._plain(origin or hint, name)

    def _plain(self, hint: Any, name: str) -> Any:
        if hint is Any or hint is object:
            return _ANYTHING
        if isinstance(hint, type) and issubclass(hint, Mapping):
            return {}
        plain: dict[Any, Any] = {bool: True, int: 1, float: 0.5, str: name, UUID: _UUID, datetime: _TIME}
        if hint not in plain:
            raise TypeError(f"no sample of {hint!r} for {name}: annotate it with what it holds")
        return plain[hint]

    def _annotated(self, args: tuple[Any, ...], name: str, *, full: bool) -> Any:
        """`Annotated[type, what it holds]`: a message, a TypedDict, a list of them, or the words that it is one of."""
        for told in args[1:]:
            if isinstance(told, Mapping):  # what is said is one of its values
                words = cast("Mapping[str, str]", told)
                self._word(list(words.values()))
                return next(iter(words))
            if isinstance(told, tuple):
                return self._word(cast("Sequence[str]", told))
            if isinstance(told, type) and issubclass(told, BaseModel):
                return self._message(told, full=full).wire()
            if is_typeddict(told) or get_origin(told) is list:
                return self.value(told, name, full=full)
        return self.value(args[0], name, full=full)

    def _word(self, words: Sequence[str]) -> str:
        self.known[words[0]] = {"type": "string", "enum": list(dict.fromkeys(words))}
        return words[0]

    def _members(self, kind: Any, *, full: bool) -> Json:
        hints = get_type_hints(kind, include_extras=True)
        wanted = hints if full else kind.__required_keys__
        return {name: self.value(hint, name, full=full) for name, hint in hints.items() if name in wanted}

    def _message(self, model: type[BaseModel], *, full: bool) -> Any:
        fields = {
            name: self.value(field.annotation, name, full=full)
            for name, field in model.model_fields.items()
            if full or field.is_required()
        }
        return model.model_validate(fields, by_name=True)


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
