"""The unified generation service's own calls: one generation, by whichever function the server says."""

import asyncio
import contextlib
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Unpack
from uuid import UUID

from wzrd.client.connection import Connection, Submitted
from wzrd.client.errors import CALL, ErrorCode, GenerationError, ask_as, read_as, recoded
from wzrd.client.options import ERROR_CODES, GenerationKeywords, check_options, check_parameters, route_parameters
from wzrd.client.outcome import OnProgress, Reporter, completed, current, failure, pending, streamed
from wzrd.client.references import upload_references
from wzrd.client.stream import StreamPosition
from wzrd.contracts.functions import FUNCTIONS, GenerationCall
from wzrd.contracts.generate import OutputConfig, ReferenceAsset
from wzrd.contracts.generation_service import (
    GenerationInput,
    GenerationMetadata,
    GenerationResult,
    GenerationRouteAnswer,
)
from wzrd.contracts.money import Dollars
from wzrd.contracts.runs import RunView

IMAGE = "fal-ai/flux/schnell"
VIDEO = "fal-ai/kling-video/o3/standard/text-to-video"
AUDIO = "elevenlabs-sfx"
TEXT = "google/gemini-2.5-flash"
"""The documented defaults of `generate_image` and its kin."""
GMI_SECONDS = 360.0
"""As long as the documented client waits for GMI Cloud: 120 questions, three seconds apart."""


class GenerationCalls:
    """The calls of the service that generate; `_connection` is there while it is open."""

    gmi_timeout: float
    _connection: Connection

    async def generate(
        self,
        request: GenerationInput,
        on_progress: OnProgress | None = None,
        *,
        wait: bool = True,
        request_id: str | None = None,
        max_credits: int | None = None,
        max_usd: Dollars | None = None,
        allow_unpriced: Sequence[str] = (),
    ) -> GenerationResult:
        """Generate, and follow it to its result, over whatever breaks on the way.

        Local files among the references are uploaded first. `wait` false: `pending` is returned as soon as the run
        stands, and `result` follows it. The same `request_id` joins the same run; `max_credits` and `max_usd` refuse
        a dearer one, and `allow_unpriced` names models that may run without a known price in money.

        Raises:
            InsufficientCreditsError: nothing was started.
            GenerationError: under one of the documented codes (`ErrorCode`); its `generation_id` names the run, if any.
            OSError: a local file cannot be read; nothing was started.
            TypeError: as `route`.
        """
        report = Reporter(on_progress)
        report.update(0, "Starting generation...")
        route = await self.route(request)
        code = _check_route(route)
        references = await self._upload(request)
        function = FUNCTIONS.get(route.function)
        if function is None:
            raise GenerationError("unknown_route", f"this client knows no function {route.function!r}: update it")
        call = GenerationCall(
            request, references, request_id or str(uuid.uuid4()), max_credits, max_usd, tuple(allow_unpriced)
        )
        body = function.body_of(call)
        try:
            sent = await self._send(route, body, report, wait=wait)
            if not wait and sent.refusal is None:
                return pending(sent.run_id, request.model, route)
            result = await self._finish(sent, route, request.model, report)
        except GenerationError as error:
            raise _documented(error, code) from error
        report.update(100, "Completed")
        return result

    async def _finish(
        self, sent: Submitted, route: GenerationRouteAnswer, requested: str, report: Reporter
    ) -> GenerationResult:
        """The result of what was sent, followed to its end.

        Raises:
            GenerationError: it failed, was canceled, or took too long.
        """
        if sent.last is not None and sent.last.name == "done":
            return streamed(sent.last, report.media_type or route.media_type, requested)
        code = ERROR_CODES[route.route]
        run = await self._ended(sent.run_id, report, self.gmi_timeout if code == "gmi_error" else None)
        if run.status != "succeeded":
            raise failure(run, "provider_error" if FUNCTIONS[route.function].streams else code, sent.refusal)
        return completed(run, requested)

    async def generate_image(
        self, prompt: str, on_progress: OnProgress | None = None, **options: Unpack[GenerationKeywords]
    ) -> GenerationResult:
        """A picture; the model is `fal-ai/flux/schnell` unless one is named.

        Raises:
            InsufficientCreditsError, GenerationError, OSError: as `generate`.
        """
        return await self._generate(IMAGE, prompt, on_progress, options)

    async def generate_video(
        self, prompt: str, on_progress: OnProgress | None = None, **options: Unpack[GenerationKeywords]
    ) -> GenerationResult:
        """A clip; the model is Kling O3 Standard's text-to-video unless one is named.

        Raises:
            InsufficientCreditsError, GenerationError, OSError: as `generate`.
        """
        return await self._generate(VIDEO, prompt, on_progress, options)

    async def generate_audio(
        self, prompt: str, on_progress: OnProgress | None = None, **options: Unpack[GenerationKeywords]
    ) -> GenerationResult:
        """A sound; the model is `elevenlabs-sfx` unless one is named.

        Raises:
            InsufficientCreditsError, GenerationError, OSError: as `generate`.
        """
        return await self._generate(AUDIO, prompt, on_progress, options)

    async def generate_text(
        self, prompt: str, on_progress: OnProgress | None = None, **options: Unpack[GenerationKeywords]
    ) -> GenerationResult:
        """A text, `metadata.raw["text"]`; the model is `google/gemini-2.5-flash` unless one is named.

        Raises:
            InsufficientCreditsError, GenerationError, OSError: as `generate`.
        """
        return await self._generate(TEXT, prompt, on_progress, options)

    async def _generate(
        self, usual: str, prompt: str, on_progress: OnProgress | None, given: GenerationKeywords
    ) -> GenerationResult:
        options = check_options(given, GenerationKeywords, "; a model's own settings are named in parameters")
        output = options.get("output_config", OutputConfig())
        metadata = options.get("metadata", GenerationMetadata())
        if "auto_store" in options:
            output = output.model_copy(update={"auto_store": options["auto_store"]})
        if "project_id" in options:
            metadata = metadata.model_copy(update={"project_id": options["project_id"]})
        request = ask_as(
            GenerationInput,
            model=options.get("model", usual),
            prompt=prompt,
            parameters=dict(options.get("parameters", {})),
            reference_assets=list(options.get("reference_assets", ())),
            output_config=output,
            metadata=metadata,
        )
        return await self.generate(
            request,
            on_progress,
            wait=options.get("wait", True),
            request_id=options.get("request_id"),
            max_credits=options.get("max_credits"),
            max_usd=options.get("max_usd"),
            allow_unpriced=options.get("allow_unpriced", ()),
        )

    async def route(self, request: GenerationInput) -> GenerationRouteAnswer:
        """Route a generation without starting it: the model here and now, its function, and its price in credits.

        Raises:
            GenerationError: unknown_route: no route is known for it; edge_function_error: refused, or out of reach.
            TypeError: a parameter cannot be sent as JSON; the message names it.
        """
        check_parameters(request.parameters)
        body = {
            "model": request.model,
            "parameters": {
                **route_parameters(request.parameters),
                **({"count": request.output_config.count} if request.output_config.count else {}),
            },
            "referenceAssets": [{"type": one.type} for one in request.reference_assets],
        }
        try:
            answer = await self._connection.call_again("POST", "/functions/v1/generation-route", body)
        except GenerationError as error:
            raise recoded(error, "unknown_route" if error.status == 400 else "edge_function_error") from error
        return read_as(GenerationRouteAnswer, answer)

    async def result(
        self, generation_id: UUID | str, on_progress: OnProgress | None = None, *, wait: bool = True
    ) -> GenerationResult:
        """Result of a generation: followed to its end, or (`wait` false) as it stands, in its four statuses.

        Raises:
            GenerationError: no such run (status 404); it failed (provider_error) or was canceled (no_result), which is
                a status and no error where `wait` is false.
        """
        report = Reporter(on_progress)
        try:
            run_id = UUID(str(generation_id))
        except ValueError:
            raise GenerationError("edge_function_error", f"{generation_id!r} is no generation's id", 404) from None
        try:
            if not wait:
                run = await self._connection.repeat(lambda: self._connection.run(run_id))
                return current(run, await self._first_event(run_id))
            run = await self._ended(run_id, report, None)
        except GenerationError as error:
            raise _documented(error, "edge_function_error") from error
        if run.status != "succeeded":
            raise failure(run, "provider_error")
        report.update(100, "Completed")
        return completed(run, None)

    async def _upload(self, request: GenerationInput) -> tuple[ReferenceAsset, ...]:
        try:
            bucket = request.output_config.storage_bucket
            return await upload_references(self._connection, request.reference_assets, bucket)
        except GenerationError as error:
            raise recoded(error, "edge_function_error") from error

    async def _send(
        self, route: GenerationRouteAnswer, body: dict[str, Any], report: Reporter, *, wait: bool
    ) -> Submitted:
        """Post it; a stream is followed to its end, unless nobody waits for that."""
        function = FUNCTIONS[route.function]
        if not function.streams:
            return await self._connection.submit(function.path, body, code=CALL, prefer="" if wait else "respond-async")
        position, last = StreamPosition(path=function.path), None
        async with contextlib.aclosing(self._connection.events(position, body)) as events:
            async for event in events:
                report.take(event)
                last = event
                if not wait:
                    break
        if position.run_id is None:
            raise GenerationError("no_result", "the stream ended without a result")
        return Submitted(position.run_id, last=last)

    async def _ended(self, run_id: UUID, report: Reporter, limit: float | None) -> RunView:
        """The run, once it has ended; followed for `limit` seconds at most."""
        run = await self._connection.repeat(lambda: self._connection.run(run_id))
        if run.finished_at is not None:
            return run
        try:
            async with asyncio.timeout(limit):
                async with contextlib.aclosing(self._connection.events(StreamPosition(run_id))) as events:
                    async for event in events:
                        report.take(event)
        except TimeoutError:
            message = f"it has not ended within {limit:g} s; result({str(run_id)!r}) goes on waiting"
            raise GenerationError("gmi_timeout", message, generation_id=run_id) from None
        return await self._connection.repeat(lambda: self._connection.run(run_id))

    async def _first_event(self, run_id: UUID) -> Mapping[str, Any]:
        async with contextlib.aclosing(self._connection.events(StreamPosition(run_id))) as events:
            first = await anext(events, None)
        return first.data if first is not None else {}


def _check_route(route: GenerationRouteAnswer) -> ErrorCode:
    """The code of what fails on this route.

    Raises:
        GenerationError: unknown_route: the model is none, or the route is none of the documented ones.
    """
    if route.unknown_model is not None:
        raise GenerationError("unknown_route", route.unknown_model)
    if route.route not in ERROR_CODES:
        raise GenerationError("unknown_route", f"this client knows no route {route.route!r}: update it")
    return ERROR_CODES[route.route]


_KEPT = frozenset({"no_body", "no_result", "provider_error", "gmi_timeout", "insufficient_credits"})


def _documented(error: GenerationError, code: ErrorCode) -> GenerationError:
    """The error under its route's code, unless it is one of those that say more."""
    return error if error.code in _KEPT else recoded(error, code)
