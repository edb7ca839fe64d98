"""The schemas of a description: messages as pydantic describes them, functions by what they make, streams by frames."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, cast
from uuid import UUID

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, models_json_schema

from server.api.described import Maker, Stream
from server.api.envelopes import Envelope
from server.api.openapi.samples import Json, Sampler, infer
from wzrd.contracts.encoders import plain
from wzrd.contracts.events import RunEvent
from wzrd.contracts.sse import SseReader
from wzrd.contracts.wire import dumps, loads

REF = "#/components/schemas/"
_RUN = UUID("7f9c2ba4-e88f-5278-8c2b-1a5c3f0d9e21")


class Untitled(GenerateJsonSchema):
    """Schemas whose fields are called by their names alone."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        """Never."""
        del schema
        return False


class Components:
    """Named schemas. `messages` are all models that will be asked for, and whether they come in or go out."""

    def __init__(self, messages: Iterable[tuple[type[BaseModel], JsonSchemaMode]]) -> None:
        wanted = list(dict.fromkeys(messages))
        refs, found = models_json_schema(wanted, ref_template=REF + "{model}", schema_generator=Untitled)
        self._refs = refs
        self.schemas: dict[str, Json] = dict(found.get("$defs", {}))

    def message(self, model: type[BaseModel], mode: JsonSchemaMode) -> Json:
        """Where a model is described."""
        return dict(self._refs[model, mode])

    def resolve(self, schema: Json) -> Json:
        """The schema that a reference names; any other schema as it is."""
        return self.schemas[schema["$ref"].removeprefix(REF)] if "$ref" in schema else schema

    def shape(self, make: Maker) -> Json:
        """Where what a function makes is described, beside an example of it."""
        name = name_of(make)
        if name not in self.schemas:
            sampler = Sampler()
            results = [loads(dumps(result)) for result in sampler.results(make)]
            self.schemas[name] = _schema(name, make, results, sampler)
        return {"$ref": REF + name}

    def envelope(self, envelope: Envelope) -> Json:
        """Where the body of an error is described."""
        name = f"{name_of(envelope)}Error"
        if name not in self.schemas:
            facts: list[Json] = [
                {"code": "code", "field": "field", "nodeId": "nodeId", "given": True},
                {"code": "code"},
                {},
            ]
            results = [envelope("error", {"status": 400, **one}) for one in facts]
            self.schemas[name] = _schema(name, envelope, results, Sampler())
        return {"$ref": REF + name}

    def frames(self, stream: Stream) -> tuple[list[Json], bytes]:
        """Schemas of a stream's events, and an example of the stream."""
        items: list[Json] = []
        example = b""
        for number, (event, make) in enumerate(_events(stream), start=1):
            sampler = Sampler()
            if stream.encoder is not plain:  # an event without a name says inside what it is
                sampler.known[event] = {"type": "string", "const": event}
            encoded = [_encode(stream, event, result, number) for result in sampler.results(make)]
            frames = [frame for one in encoded for frame in SseReader().feed(one)]
            named = frames[0].event == event
            name = name_of(make).removesuffix("Frame") + ("Event" if named else "Frame")
            self.schemas[name] = _schema(name, make, [loads(frame.data) for frame in frames], sampler)
            items.append(_item(event if named else None, name))
            example += encoded[0]
        if stream.end:
            said = SseReader().feed(stream.end)[0].data
            items.append({"type": "object", "properties": {"data": {"const": said}}, "required": ["data"]})
        return items, example + stream.end


def _item(event: str | None, schema: str) -> Json:
    """An event as its stream has it: its name, if it has one, and its data, which is JSON."""
    data = {"type": "string", "contentMediaType": "application/json", "contentSchema": {"$ref": REF + schema}}
    name = {"event": {"type": "string", "const": event}} if event else {}
    return {"type": "object", "properties": {**name, "data": data}, "required": [*name, "data"]}


def _events(stream: Stream) -> list[tuple[str, Maker]]:
    return [
        (event, make)
        for event, makes in stream.events.items()
        for make in cast("tuple[Maker, ...]", makes if isinstance(makes, tuple) else (makes,))
    ]


def _encode(stream: Stream, event: str, result: object, number: int) -> bytes:
    """One event as the stream sends it."""
    if isinstance(result, bytes):
        return result
    frame = stream.encoder(RunEvent(_RUN, number, 1, event, loads(dumps(result))))
    if frame is None:
        raise ValueError(f"the stream is described as sending {event!r}, and its encoder sends no such event")
    return frame


def _schema(name: str, make: Maker, results: Sequence[Any], sampler: Sampler) -> Json:
    summary = (make.__doc__ or "").strip().partition("\n\n")[0]
    return {**infer(results, sampler.known), "title": name, "description": summary, "examples": [results[0]]}


def name_of(make: Callable[..., object]) -> str:
    """A schema's name: `wzrd.contracts.gen_shots.shot` is GenShotsShot."""
    room = make.__module__.rpartition(".")[2]
    name = getattr(make, "__name__", type(make).__name__)
    words = name if room == "envelopes" else f"{room}_{name}"
    return "".join(word[:1].upper() + word[1:] for word in words.split("_"))


def any_of(schemas: Sequence[Mapping[str, Any]]) -> Json:
    """One of several."""
    flat = [kind for one in schemas for kind in (one["anyOf"] if set(one) == {"anyOf"} else [one])]
    different = [dict(one) for at, one in enumerate(flat) if one not in flat[:at]]
    return different[0] if len(different) == 1 else {"anyOf": different}
