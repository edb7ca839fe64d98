"""Schemas of a description: messages as pydantic has them, functions by what they make, streams by frames; answers."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, cast
from uuid import UUID

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, models_json_schema

from server.api.bodies import BodyTooLarge, BodyTooSlow
from server.api.described import Answer, Description, File, Maker, Stream, UploadBody, several
from server.api.envelopes import Envelope, bare, unpaid
from server.api.errors import STATUS, status_of_kind
from server.api.multipart import BadForm
from server.api.openapi.samples import Json, Sampler, infer
from server.api.uploads import NoFile
from wzrd.contracts.encoders import plain
from wzrd.contracts.events import RunEvent
from wzrd.contracts.runs import pending
from wzrd.contracts.sse import SseReader
from wzrd.contracts.wire import dumps, loads
from wzrd.domain.errors import (
    BadRequest,
    InsufficientCredits,
    NotConfigured,
    TooMany,
    Unauthenticated,
    Unavailable,
    WzrdError,
)
from wzrd.net.file_types import WrongType
from wzrd.storage.protocol import StorageFull, TooLarge

REF = "#/components/schemas/"
_RUN = UUID("7f9c2ba4-e88f-5278-8c2b-1a5c3f0d9e21")


class Untitled(GenerateJsonSchema):
    """Schemas whose fields are called by their names alone."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        """Never."""
        del schema
        return False

    def default_schema(self, schema: Any) -> dict[str, Any]:
        """A default of null says no more than that a field may be left out; generators of clients ask for such."""
        said = super().default_schema(schema)
        return {key: value for key, value in said.items() if key != "default" or value is not None}


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


RUN_HEADER: Json = {"X-Run-Id": {"description": "The run that it is about.", "schema": {"type": "string"}}}
RETRY_HEADER: Json = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}}
JSON = "application/json"
BODY_ERRORS = (BadRequest, BodyTooLarge, BodyTooSlow)
FILE_ERRORS = (BadRequest, NoFile, BadForm, TooLarge, WrongType, BodyTooSlow, StorageFull)
SIGN_IN_ERRORS = (Unauthenticated, NotConfigured)
ALWAYS = (WzrdError, Unavailable)
"""Errors that any route may answer: a fault of ours, a database that is away."""
LAST_NET = {str(STATUS[kind]) for kind in ALWAYS}
HEAD_TOO_LARGE, MISSED = "431", "404"
EARLY = frozenset({MISSED, "408", HEAD_TOO_LARGE, "503"})
"""Statuses that are answered before there is a route: by a connection, or at an address that no route has."""
PAID = str(STATUS[InsufficientCredits])
RETRIED = {str(STATUS[kind]) for kind in (TooMany, Unavailable)}


def describe_answers(description: Description, parts: Components) -> Json:
    """Answers of the operation, by status."""
    found: Json = {}
    headers = dict(RUN_HEADER) if description.names_run else {}
    headers |= {
        name: {"description": words, "schema": {"type": "string"}} for name, words in description.sent_headers.items()
    }
    for status, made in {**description.answers, **({202: pending} if description.waits else {})}.items():
        content: Json = {}
        for answer in several(made):
            for media, described in _content(answer, parts).items():
                content.setdefault(media, []).append(described)
        answers = {media: _merge(all_of) for media, all_of in content.items()}
        found[str(status)] = {
            "description": HTTPStatus(status).phrase,
            **({"content": answers} if answers else {}),
            **({"headers": headers} if headers else {}),
        }
    return found


def _content(answer: Answer, parts: Components) -> Json:
    """One answer by its media types."""
    if answer is None:
        return {}
    if isinstance(answer, File):
        return {media: {"schema": {"type": "string", "format": "binary"}} for media in answer.content_types}
    if isinstance(answer, Stream):
        items, example = parts.frames(answer)
        stream = {"itemSchema": any_of(items), "example": example.decode()}
        return {"text/event-stream": stream}
    if isinstance(answer, type) and issubclass(answer, BaseModel):
        return {JSON: {"schema": parts.message(answer, "serialization")}}
    return {JSON: {"schema": parts.shape(cast("Maker", answer))}}


def _merge(several: Sequence[Json]) -> Json:
    """Several answers of one media type as one."""
    merged: Json = {}
    if "schema" in several[0]:
        merged["schema"] = any_of([one["schema"] for one in several])
    if "itemSchema" in several[0]:
        items = [one["itemSchema"].get("anyOf", [one["itemSchema"]]) for one in several]
        merged["itemSchema"] = any_of([item for some in items for item in some])
        merged["example"] = "".join(one["example"] for one in several)
    return merged


@dataclass(frozen=True, slots=True)
class RefusedAnswer:
    """One way to be refused: the status (or a range of them), the code, and the usual words."""

    status: str
    code: str
    words: str


def describe_errors(
    description: Description, *, envelope: Envelope, secured: bool, checked: bool, placed: bool, parts: Components
) -> Json:
    """The errors of an operation by status.

    `secured` ones ask who calls, `checked` ones have parameters of a type, `placed` ones a path with parameters, which
    may be such that no route has it.
    """
    found: dict[str, dict[str, RefusedAnswer]] = {}
    for refusal in _refusals(description, secured=secured, checked=checked):
        found.setdefault(refusal.status, {}).setdefault(refusal.code, refusal)
    early = EARLY if placed else EARLY - {MISSED}
    return {
        status: _error(list(refusals.values()), description.errors, envelope, parts, early=status in early)
        for status, refusals in sorted(found.items())
    }


def _refusals(description: Description, *, secured: bool, checked: bool) -> Iterator[RefusedAnswer]:
    kinds = [*description.raises, *ALWAYS, *(SIGN_IN_ERRORS if secured else ())]
    kinds += (
        FILE_ERRORS if isinstance(description.body, UploadBody) else BODY_ERRORS if description.body is not None else ()
    )
    kinds += (BadRequest,) if checked else ()
    for kind in dict.fromkeys(kinds):
        status, words = status_of_kind(kind), (kind.__doc__ or "").strip()
        yield RefusedAnswer(str(status), kind.code, "Internal server error" if kind is WzrdError else words)
    yield RefusedAnswer(HEAD_TOO_LARGE, "head_too_large", "The request's head is too large")
    for code, status in description.failures.items():
        yield RefusedAnswer(str(status), code, code.replace("_", " ").capitalize())
    for statuses in description.refusals:
        yield RefusedAnswer(statuses, "provider_rejected", "What the provider said")


def _error(
    refusals: Sequence[RefusedAnswer], own: Answer, envelope: Envelope, parts: Components, *, early: bool
) -> Json:
    """The answer of one status.

    A fault of ours and a database that is away are told by the last net, in `envelope`; what may come before there is
    a route (`early`), in none.
    """
    status, codes = refusals[0].status, ", ".join(f"`{one.code}`" for one in refusals)
    examples: Json = {}
    if status == PAID:  # what is too dear in dollars is told like any other refusal
        schema = any_of([parts.shape(unpaid), parts.envelope(envelope)])
        examples[InsufficientCredits.code] = {"value": unpaid(required=3, available=1)}
    elif own is not None:
        schemas = [content["schema"] for content in _content(own, parts).values()]
        schema = any_of([*schemas, parts.envelope(envelope)] if status in LAST_NET else schemas)
    else:
        schema = parts.envelope(envelope)
        for one in refusals:
            examples[one.code] = {
                "summary": one.words,
                "value": envelope(one.words, {"code": one.code, "status": status}),
            }
    if early and (own is not None or envelope is not bare):
        schema = any_of([schema, parts.envelope(bare)])
    headers = RETRY_HEADER if status in RETRIED else {}
    phrase = HTTPStatus(int(status)).phrase if status.isdecimal() else "Refused by the provider"
    return {
        "description": f"{phrase}: {codes}",
        "content": {JSON: {"schema": schema, **({"examples": examples} if examples else {})}},
        **({"headers": headers} if headers else {}),
    }
