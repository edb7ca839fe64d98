"""GMI Cloud's request queue over plain REST: submit, ask, list. One `submit` is one POST.

Facts: docs.gmicloud.ai (video API), gmicloud 0.1.10, the original's use of it. There is no cancel, no webhook and no
idempotency key; the list of own requests is how a lost answer is found. Some models answer the submit with the result.
"""

import asyncio
import base64
import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Unpack

import httpx
from pydantic import SecretStr

from wzrd.domain.errors import ProviderError, ProviderFailed, ProviderRejected, ProviderUnknown
from wzrd.domain.refusals import refused
from wzrd.domain.results import media_urls
from wzrd.models.model_inputs import check_json
from wzrd.models.refusals import find_refusal
from wzrd.models.schemas.field_values import check_body
from wzrd.models.schemas.input_schemas import find_schema
from wzrd.net.file_types import SNIFF_BYTES, sniff
from wzrd.net.retry_after import sender_time
from wzrd.providers.base import Accepted, CancelAnswer, ListedJob, Opening, Output, Progress, Request
from wzrd.providers.gmi_answers import REQUEST_ID, GmiJob, read_job, read_list
from wzrd.providers.http_border import JsonCalls, RequestState, usable_key
from wzrd.settings import Settings

log = logging.getLogger(__name__)

KEY_VARIABLE = "GMI_CLOUD_API_KEY"
MAX_FILE = 2 << 20
"""Bytes of a file that goes inside a request: each answer about the request repeats them."""
MAX_ANSWER = 16 << 20
MAX_LIST = 32 << 20
FILE_TYPES = frozenset({"image/jpeg", "image/png", "image/webp"})
"""File types that the models' makers document as data URIs; no sound and no clip among them."""
MAX_NEW = 16
"""Statuses that nobody documents are told once each, and no more than so many."""
SUBMIT_SECONDS = 180.0
"""A model that answers at once works for as long as it draws."""
BAD_PAYLOAD = "invalid payload parameters"
"""Part of what GMI says of a payload that is not spelled as the model wants it."""
RESPELLED = frozenset({"ltx-2-fast-image-to-video", "ltx-2-pro-audio-to-video"})
"""Models whose payload is spelled in another way where GMI refuses the first."""
TAKES_DATA_URIS = frozenset({
    "seedream-5.0-lite", "seedream-5-0-lite", "ltx-2-fast-image-to-video", "ltx-2-pro-audio-to-video",
    "seedance-2-0-260128", "seedance-2-0-fast-260128", "wan2.7-i2v", "wan2.7-r2v",
})  # fmt: skip
"""Models whose makers (ByteDance, Lightricks, Alibaba) document pictures as data URIs; GMI itself says nothing.
Kling's maker wants base64 without the URI's head, and of the others nothing is known: they need public addresses."""
RUNNING = frozenset({"dispatched", "processing"})
QUEUED = frozenset({"created", "queued"})


class Gmi:
    """The queue at `queue_url`. One object serves a process; `seconds` bound single calls by purpose.

    Raises:
        NotConfigured: there is no usable key; checked here, so that it can't happen after a submit began.
    """

    name = "gmi-cloud"
    media_types = frozenset({"image", "video", "audio"})
    recovery: Literal["list"] = "list"
    cancels: Literal["none"] = "none"
    lists: Literal["all"] = "all"
    calls_back = False
    paid = True

    def __init__(
        self, queue_url: str, api_key: SecretStr | None, http: httpx.AsyncClient, **more: Unpack[Opening]
    ) -> None:
        key = usable_key(api_key, variable=KEY_VARIABLE, provider=self.name)
        self._now = more["now"]
        self._new: set[str] = set()
        self._spelled: dict[str, int] = {}
        """Which of its payload's spellings a model has taken, or is to be tried with next."""
        self._requests = f"{queue_url.rstrip('/')}/requests"
        more["seconds"] = {"submit": SUBMIT_SECONDS, **more.get("seconds", {})}
        self._calls = JsonCalls(self.name, http, key=key, key_variable=KEY_VARIABLE, scheme="Bearer", **more)

    def takes_files(self, model: str) -> bool:
        """See `QueueProvider.takes_files`."""
        return model in TAKES_DATA_URIS

    async def upload(self, file: Path, content_type: str) -> str:
        """The picture as a data URI; its type is what its first bytes say, not `content_type`.

        Raises:
            ProviderRejected: it has more than `MAX_FILE` bytes, or is of no type that the models take.
        """
        size = (await asyncio.to_thread(file.stat)).st_size
        if size > MAX_FILE:
            message = (
                f"a file of {size} bytes cannot be handed over to {self.name}: {MAX_FILE} at most, make it smaller"
            )
            raise ProviderRejected(message, status=413)
        data = await asyncio.to_thread(file.read_bytes)
        kind = sniff(data[:SNIFF_BYTES])
        if kind not in FILE_TYPES:
            message = f"{self.name} takes no {kind or content_type} inside a request: use JPEG, PNG or WebP"
            raise ProviderRejected(message, status=415)
        return f"data:{kind};base64,{base64.b64encode(data).decode()}"

    def payload(self, request: Request) -> Mapping[str, Any]:
        """The inputs, in the spelling that the model has taken before.

        Raises:
            BadRequest: a value cannot be written as JSON, or the body is not valid by the model's schema; it is named.
        """
        check_json(request.inputs)
        if schema := find_schema(self.name, request.model):
            check_body(schema, request.inputs)
        ways = _spellings(request)
        return ways[min(self._spelled.get(request.model, 0), len(ways) - 1)]

    async def submit(self, request: Request, payload: Mapping[str, Any], *, webhook: str | None = None) -> Accepted:
        """See `QueueProvider.submit`. The answer of a model that works at once has the output; GMI calls no webhook.

        Raises:
            ProviderFailed: the model worked at once, and failed.
        """
        del webhook
        body = {"model": request.model, "payload": payload}
        state = RequestState(self.name)
        with self._calls.translated(state):
            reply = await self._calls.call(state, "POST", self._requests, json=body, most=MAX_ANSWER)
            if not reply.is_success:
                raise self._learn(request, payload, self._calls.refusal(reply, state))
            job = read_job(reply.value)
            if job is not None and job.status == "success":
                return Accepted(job.request_id, output=_output(job))
            if job is not None and job.has_failed:
                raise _failure(job)
            if job is None or job.request_id is None:
                raise ProviderUnknown(f"{self.name} accepted the request and told no id for it")
            return Accepted(job.request_id)

    def _learn(self, request: Request, refused: Mapping[str, Any], error: ProviderError) -> ProviderError:
        """Refused for its spelling, a payload is spelled in the next way; after the last one begins anew."""
        if not isinstance(error, ProviderRejected) or BAD_PAYLOAD not in error.message.lower():
            return error
        ways = _spellings(request)
        following = ways.index(dict(refused)) + 1
        if following == len(ways):
            self._spelled.pop(request.model, None)
            return error
        self._spelled[request.model] = max(following, self._spelled.get(request.model, 0))
        return ProviderRejected(error.message, status=error.status, retry_after=0.0)

    def locate(self, model: str, request_id: str) -> Accepted:
        """See `QueueProvider.locate`. An id says all."""
        del model
        return Accepted(request_id)

    async def poll(self, accepted: Accepted) -> Progress | Output:
        """See `QueueProvider.poll`. A status that nobody documents counts as running."""
        if accepted.output is not None:
            return accepted.output
        request_id = accepted.request_id or ""
        if not REQUEST_ID.fullmatch(request_id):
            raise ProviderError(f"{self.name} has no request ids like {request_id[:40]!r}")
        state = RequestState(self.name, "ask")
        with self._calls.translated(state):
            reply = await self._calls.call(state, "GET", f"{self._requests}/{request_id}", most=MAX_ANSWER)
            if not reply.is_success:
                raise self._calls.refusal(reply, state)
            job = read_job(reply.value)
            if job is None:
                raise ProviderError(f"{self.name} answered nothing about the request {request_id}")
            return self._existing(job)

    def _existing(self, job: GmiJob) -> Progress | Output:
        """Progress or output that a job's status means.

        Raises:
            ProviderFailed: it has failed, or was stopped there.
        """
        if job.status == "success":
            return _output(job)
        if job.has_failed:
            raise _failure(job)
        if job.status in QUEUED:
            return Progress("queued")
        if job.status not in RUNNING and job.status not in self._new and len(self._new) < MAX_NEW:
            self._new.add(job.status)
            log.warning("%s: %r is a status that is new to us; it counts as running", self.name, job.status[:40])
        return Progress("running")

    async def cancel(self, accepted: Accepted) -> CancelAnswer:
        """Never asked (`cancels` is none).

        Raises:
            ProviderError: always: there is no such call.
        """
        raise ProviderError(f"{self.name} cannot stop the request {accepted.request_id}: it has no call for that")

    async def list_jobs(self, model: str, since: datetime) -> Sequence[ListedJob]:
        """See `QueueProvider.list_jobs`: all, whenever they were made.

        A job without id, payload or time is left out: it cannot be recognised.
        """
        del since
        state = RequestState(self.name, "ask")
        with self._calls.translated(state):
            url = httpx.URL(self._requests).copy_merge_params({"model_id": model})
            reply = await self._calls.call(state, "GET", str(url), most=MAX_LIST)
            if not reply.is_success:
                raise self._calls.refusal(reply, state)
            jobs = read_list(reply.value)
            if jobs is None:
                raise ProviderError(f"{self.name} answered no list of requests")
        now = self._now()
        ahead = now - sender_time(reply.headers, now)  # when they were made, by our clock
        found = [
            ListedJob(_accepted(job), job.payload, job.created_at + ahead)
            for job in jobs
            if job.request_id and job.model in {None, model} and job.payload is not None and job.created_at is not None
        ]
        return sorted(found, key=lambda job: job.created_at, reverse=True)


def _spellings(request: Request) -> tuple[dict[str, Any], ...]:
    """The ways in which the model may want its payload spelled, the documented one first; for most there is one.

    LTX's schema differs from release to release: a duration as a number or in letters, a picture as `image_uri` or
    as `image`.
    """
    ways = [dict(request.inputs)]
    if request.model in RESPELLED and "duration" in request.inputs:
        ways.append(ways[0] | {"duration": str(request.inputs["duration"])})
    if request.model in RESPELLED and "image_uri" in request.inputs:
        ways += [{"image" if name == "image_uri" else name: value for name, value in way.items()} for way in ways]
    return tuple(ways)


def _failure(job: GmiJob) -> ProviderFailed:
    return ProviderFailed(f"{Gmi.name}: {job.reason}", **refused(find_refusal(dict(job.about))))


def _accepted(job: GmiJob) -> Accepted:
    return Accepted(job.request_id, output=_output(job) if job.status == "success" else None)


def _output(job: GmiJob) -> Output:
    return Output(media=tuple(media.url for media in media_urls(job.about)), raw={"job": job.about})


def open_adapter(settings: Settings, key: SecretStr, http: httpx.AsyncClient, **more: Unpack[Opening]) -> Gmi:
    """The adapter, of the settings. See `wzrd.providers.base.OpenAdapter`."""
    return Gmi(settings.gmi_queue_url, key, http, **more)
