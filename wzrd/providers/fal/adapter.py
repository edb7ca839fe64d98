"""fal's queue over plain REST: submit, status, result, cancel, and files handed over by its storage.

fal's own client repeats a submit whose answer was lost; here one `submit` is one POST. Facts: fal's queue and webhook
documentation, and the source of fal_client 1.0.3. Answers are read by answers.py, files go up by storage.py, the list
of requests is read by requests.py.
"""

import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Unpack

import httpx
from pydantic import SecretStr

from wzrd.domain.errors import BadRequest, ProviderError, ProviderFailed, ProviderUnknown, ResultExpired
from wzrd.domain.refusals import refused
from wzrd.domain.results import media_urls
from wzrd.domain.submission import Recovery
from wzrd.models.model_inputs import check_json
from wzrd.models.refusals import find_refusal
from wzrd.models.schemas.field_values import check_body
from wzrd.models.schemas.input_schemas import find_schema
from wzrd.net.addresses import Origin, origin_of, origins_of
from wzrd.net.transport import callback_address
from wzrd.providers.base import Accepted, CancelAnswer, ListedJob, Opening, Output, Progress, Request
from wzrd.providers.fal.answers import (
    REQUEST_ID,
    NewLines,
    cancel_answer,
    read_status,
    read_submit,
    result_refusal,
    without_placeholders,
)
from wzrd.providers.fal.money import FalMoney
from wzrd.providers.fal.requests import FalRequests
from wzrd.providers.fal.storage import FalStorage
from wzrd.providers.http_border import JsonCalls, Reply, RequestState, usable_key
from wzrd.providers.provider_json import members_of, reason_of
from wzrd.settings import Settings

log = logging.getLogger(__name__)

KEY_VARIABLE = "FAL_KEY"
OFFICIAL = ("https://queue.fal.run", "https://queue.falrun.com")
"""fal's queue and its second address: an answer may send us to either, whichever of them was configured."""
LEAST_START_SECONDS = 2.0
"""fal wants more than one second for `X-Fal-Request-Timeout`."""

GONE = frozenset({404, 410})
"""Statuses answered when the result of a complete job is no longer there."""
ACCEPTED = 202
"""Status answered when a result is asked for too early."""

_MODEL = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(?:/[A-Za-z0-9_][A-Za-z0-9_.-]*){1,7}")
_MAX_MODEL = 200
_NAMESPACES = frozenset({"workflows", "comfy"})
_URLS = {"status": "/status", "response": "", "cancel": "/cancel"}
_WHOLE = "whole"
"""Name of the address below the whole of an endpoint's path."""
NOT_FOUND = 404


@dataclass(frozen=True, slots=True)
class FalEndpoint:
    """Where fal is, whose key pays, and whether fal can reach this server (`webhooks`: there is a public address)."""

    queue_url: str
    rest_url: str
    platform_url: str
    api_key: SecretStr | None
    webhooks: bool = False


class Fal:
    """The queue. One object serves a process.

    No `x-fal-no-retry` is sent: fal's own retries stay within the one request, start before the model has answered,
    and are not billed. `seconds` bound single calls by purpose.

    Raises:
        NotConfigured: there is no usable key; checked here, so that it can't happen after a submit began.
    """

    name = "fal-ai"
    media_types = frozenset({"image", "video", "audio", "json", "3d"})
    paid = True
    cancels: Literal["yes"] = "yes"
    lists: Literal["ended"] = "ended"

    def __init__(self, endpoint: FalEndpoint, http: httpx.AsyncClient, **more: Unpack[Opening]) -> None:
        now, key = more["now"], usable_key(endpoint.api_key, variable=KEY_VARIABLE, provider=self.name)
        self.calls_back = endpoint.webhooks
        self._queue_url = endpoint.queue_url.rstrip("/")
        self._calls = JsonCalls(self.name, http, key=key, key_variable=KEY_VARIABLE, scheme="Key", **more)
        self._storage = FalStorage(self._calls, endpoint.rest_url.rstrip("/"), now=now)
        self.upload = self._storage.upload
        self._requests = FalRequests(self._calls, endpoint.platform_url.rstrip("/"), now=now)
        money = FalMoney(self._calls, endpoint.platform_url.rstrip("/"), now=now)
        self.read_bills, self.read_prices = money.read_bills, money.read_prices
        self._lines = NewLines(self._calls.scrub)

    @property
    def recovery(self) -> Recovery:
        """By the list of requests; while this key may not read it by fal's own call, where fal can call us."""
        return "list" if self._requests.are_readable else "webhook" if self.calls_back else "none"

    def takes_files(self, model: str) -> bool:
        """Always: every model takes an address, and fal's storage gives one to any file."""
        del model
        return True

    def payload(self, request: Request) -> Mapping[str, Any]:
        """The inputs as given.

        Raises:
            BadRequest: the model is no endpoint id of fal's, a value cannot be written as JSON, or the body is not
                valid by the model's schema; each is named.
        """
        _check_model(request.model)
        check_json(request.inputs)
        if request.inputs.get("sync_mode"):
            message = "media come by address here, not inside the answer: leave sync_mode out"
            raise BadRequest(f"sync_mode: {message}", field="sync_mode")
        if schema := find_schema(self.name, request.model):
            check_body(schema, request.inputs)
        return dict(request.inputs)

    async def submit(self, request: Request, payload: Mapping[str, Any], *, webhook: str | None = None) -> Accepted:
        """See `QueueProvider.submit`. fal is told not to begin any more once `request.timeout` is over.

        At fal that time runs from the submit on, waiting in the queue included; it is no limit on the work itself.

        Raises:
            BadRequest: the model is no endpoint id of fal's; nothing was sent.
        """
        state = RequestState(self.name)
        with self._calls.translated(state):
            url = httpx.URL(f"{self._queue_url}/{_check_model(request.model)}")
            reply = await self._calls.call(
                state,
                "POST",
                str(url.copy_merge_params({"fal_webhook": webhook}) if webhook else url),
                json=payload,
                headers={"x-fal-request-timeout": f"{max(LEAST_START_SECONDS, request.timeout):.0f}"},
            )
            if not reply.is_success:
                raise self._calls.refusal(reply, state)
            return self._accepted(request, reply)

    def locate(self, model: str, request_id: str) -> Accepted:
        """The job of this id, for a submit whose answer was lost: its addresses by the rule that fal's client has.

        That rule drops an endpoint's sub-path; some endpoints answer below the whole of it alone (fal-js#214), which is
        asked where the first knows no such job.

        Raises:
            ProviderError: it is no request id.
        """
        if not REQUEST_ID.fullmatch(request_id):
            raise ProviderError(f"{self.name} has no request ids like {request_id[:40]!r}")
        parts = _check_model(model).split("/")
        short, ending = parts[: 3 if parts[0] in _NAMESPACES else 2], f"/requests/{request_id}"
        base, whole = (f"{self._queue_url}/{'/'.join(said)}{ending}" for said in (short, parts))
        urls = {name: base + ending for name, ending in _URLS.items()}
        return Accepted(request_id, urls if whole == base else {**urls, _WHOLE: whole})

    async def poll(self, accepted: Accepted) -> Progress | Output:
        """See `QueueProvider.poll`: the status with its logs and, when it is complete, the result."""
        state = RequestState(self.name, "ask")
        with self._calls.translated(state):
            reply = await self._about(state, "GET", accepted, "status", {"logs": "1"})
            if not reply.is_success:
                raise self._calls.refusal(reply, state)
            try:
                status = read_status(reply.value)
            except ProviderFailed as error:
                raise await self._failure(state, accepted) or error from None
            if isinstance(status, Progress):
                return self._lines.take(accepted.request_id or "", status)
            self._lines.forget(accepted.request_id or "")
            return await self._result(state, accepted)

    async def _failure(self, state: RequestState, accepted: Accepted) -> ProviderFailed | None:
        """The failure in the words and with the status of its result, which tells more than the status does."""
        try:
            reply = await self._about(state, "GET", accepted, "response")
        except (ProviderError, TimeoutError, httpx.HTTPError):
            return None
        return result_refusal(reply) if not reply.is_success else None

    async def _result(self, state: RequestState, accepted: Accepted) -> Output:
        reply = await self._about(state, "GET", accepted, "response")
        if reply.status in GONE:
            raise ResultExpired(f"{self.name} has made it and no longer has it: {reason_of(reply.value)}")
        if not reply.is_success:
            raise result_refusal(reply) or self._calls.refusal(reply, state)
        if reply.status == ACCEPTED or reply.value is None:
            raise ProviderError(f"{self.name} sent a result that is not JSON, or not there yet")
        return _output(reply.value)

    async def cancel(self, accepted: Accepted) -> CancelAnswer:
        """See `QueueProvider.cancel`. A job that has begun is only asked: whether it stops is the model's affair."""
        state = RequestState(self.name, "ask")
        with self._calls.translated(state):
            reply = await self._about(state, "PUT", accepted, "cancel")
            answer = cancel_answer(reply)
            if answer is None:
                raise self._calls.refusal(reply, state)
            return answer

    async def list_jobs(self, model: str, since: datetime) -> Sequence[ListedJob]:
        """See `QueueProvider.list_jobs`: those that have ended, by fal's platform API."""
        listed = await self._requests.list_ended(_check_model(model), since)
        return [ListedJob(self.locate(model, one.request_id), one.payload, one.sent_at) for one in listed]

    def _accepted(self, request: Request, reply: Reply) -> Accepted:
        """Read a submit's answer. The addresses are its own, as far as they stay at fal."""
        members = reply.members
        if not members:
            raise ProviderUnknown(f"{self.name} accepted the request and answered no JSON object")
        job = read_submit(members)
        if job is None:
            return self._answered_at_once(request, members)
        request_id = job["request_id"]
        built = self.locate(request.model, request_id).urls
        urls = {name: self._own(job.get(f"{name}_url")) or built[name] for name in _URLS}
        return Accepted(request_id, urls)

    def _answered_at_once(self, request: Request, members: Mapping[str, Any]) -> Accepted:
        """The result itself; what has neither id nor media may be anything but a result that was to have some."""
        output = _output(dict(members))
        if not output.media and request.media_type != "json":
            raise ProviderUnknown(f"{self.name} accepted the request and answered neither an id nor a result")
        return Accepted(output=output)

    async def _about(
        self, state: RequestState, method: str, accepted: Accepted, name: str, query: Mapping[str, str] | None = None
    ) -> Reply:
        """One call about a job, at the address of that name; a second below the whole path, where that may be it."""
        reply = await self._calls.call(state, method, _with_query(self._address(accepted, name), query))
        if reply.status != NOT_FOUND or _WHOLE not in accepted.urls:
            return reply
        again = _with_query(self._address(accepted, _WHOLE) + _URLS[name], query)
        second = await self._calls.call(state, method, again)
        return reply if second.status == NOT_FOUND else second

    def _address(self, accepted: Accepted, name: str) -> str:
        """Where to ask: the answered address, judged again, for it has been in a row since.

        Raises:
            ProviderError: there is none that may be asked.
        """
        url = self._own(accepted.urls.get(name))
        if url is None:
            raise ProviderError(f"{self.name}: no usable {name} address for the request {accepted.request_id}")
        return url

    def _own(self, url: object) -> str | None:
        """The address, if it stays at the configured queue or one of fal's own: our key goes nowhere else."""
        if not isinstance(url, str) or not url:
            return None
        if origin := _origin(url):
            if origin in origins_of((self._queue_url, *OFFICIAL)):
                return url
            log.warning("%s answered an address on %s: not used", self.name, origin[1])
        return None


def _with_query(url: str, query: Mapping[str, str] | None) -> str:
    return str(httpx.URL(url).copy_merge_params(query)) if query else url


def _origin(url: str) -> Origin | None:
    try:
        return None if httpx.URL(url).userinfo else origin_of(url)
    except (httpx.InvalidURL, ValueError):
        return None


def _output(value: object) -> Output:
    """The result, without pictures that a filter has put in the place of what was made.

    Raises:
        ProviderFailed: it is an error that came as a result.
        ResultUseless: nothing but such pictures came.
    """
    value = without_placeholders(value)
    output = Output(media=tuple(media.url for media in media_urls(value)), raw={"result": value})
    members = members_of(value) or {}
    if not output.media and any(members.get(name) for name in ("error", "detail")):
        raise ProviderFailed(f"{Fal.name}: {reason_of(members)}", **refused(find_refusal(value)))
    return output


def _check_model(model: str) -> str:
    """The endpoint id, if it can be nothing else in a URL's path.

    Raises:
        BadRequest: it is not `owner/app[/path]`, or leads into the queue's own addresses.
    """
    if len(model) > _MAX_MODEL or not _MODEL.fullmatch(model) or "requests" in model.lower().split("/"):
        raise BadRequest(
            f"model: {model[:80]!r} is no endpoint of fal's, which look like fal-ai/flux/dev", field="model"
        )
    return model


def open_adapter(settings: Settings, key: SecretStr, http: httpx.AsyncClient, **more: Unpack[Opening]) -> Fal:
    """The adapter, of the settings; fal calls us back where it can. See `wzrd.providers.base.OpenAdapter`."""
    own, public = settings.api_url, settings.public_url
    webhooks = callback_address(settings.fal_queue_url, own=own, public=public) is not None
    endpoint = FalEndpoint(settings.fal_queue_url, settings.fal_rest_url, settings.fal_api_url, key, webhooks=webhooks)
    return Fal(endpoint, http, **more)
