"""The answers of an operation: what it makes, and its errors with their statuses, codes and envelope."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import cast

from pydantic import BaseModel

from server.api.bodies import BodyTooLarge, BodyTooSlow
from server.api.described import Answer, Description, File, Maker, Stream, UploadBody, several
from server.api.envelopes import Envelope, bare, unpaid
from server.api.errors import STATUS, status_of_kind
from server.api.multipart import BadForm
from server.api.openapi.components import Components, any_of
from server.api.openapi.samples import Json
from server.api.uploads import NoFile
from wzrd.contracts.runs import pending
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
    if status == PAID:
        schema = parts.shape(unpaid)
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
    return {
        "description": f"{_phrase(status)}: {codes}",
        "content": {JSON: {"schema": schema, **({"examples": examples} if examples else {})}},
        **({"headers": headers} if headers else {}),
    }


def _phrase(status: str) -> str:
    return HTTPStatus(int(status)).phrase if status.isdecimal() else "Refused by the provider"
