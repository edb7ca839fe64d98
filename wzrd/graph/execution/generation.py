"""A generator node's calls: what each asks which model, at which price, and what its result looks like.

Paid by `wzrd.generation` alone. The run's hold covers them; what costs more than the item was priced at (another model
on the way) is topped up there before anything is sent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from wzrd.contracts.wire import is_object
from wzrd.db.runs import RunRow
from wzrd.domain.buckets import choose_location
from wzrd.domain.credits import price_of_share
from wzrd.domain.errors import BadRequest
from wzrd.domain.offline import ANIMATIC
from wzrd.domain.submission import Target
from wzrd.generation import COVERED, Covered, FallbackTarget, GenerationRequest
from wzrd.generation.output_files import Destination, OutputFile
from wzrd.generation.outputs import KeptOutput, MadeOutput, OutputJob
from wzrd.generation.references import check_references, show_files
from wzrd.graph.actions import Action
from wzrd.graph.model import Node
from wzrd.graph.payloads import Payload, ask_model, build_payload, wanted_model
from wzrd.graph.prices import choose_model
from wzrd.models.catalog import price_of
from wzrd.models.generation_choice import GenerationChoice
from wzrd.models.routing import fallback_model, given_media
from wzrd.runtime.process import Runtime

PROMPT_TOLD = 10_000
"""Characters of its prompt that a file's result repeats: one text may be the prompt of a thousand pictures."""


@dataclass(frozen=True, slots=True)
class NodeCall:
    """One call of a generator node, or of an element of its batch, under the key of its item.

    `price`: what it costs if nothing falls back. `drawn`: this machine makes it, from inputs of its own.
    """

    item_key: str
    action: Action
    wanted: str
    choice: GenerationChoice
    payload: Payload
    inputs: Mapping[str, Any]
    fallbacks: tuple[FallbackTarget, ...] = ()

    @property
    def media_type(self) -> str:
        """Medium that it makes."""
        return self.choice.model.media_type

    @property
    def price(self) -> int:
        """Price if nothing falls back, in credits."""
        return self.choice.credits

    @property
    def drawn(self) -> bool:
        """True if this machine makes it."""
        return self.choice.target.provider == ANIMATIC and self.media_type != "text"


@dataclass(frozen=True, slots=True)
class MadeNode:
    """The result of a node, its own price, and whether it may be found again under its key."""

    result: Mapping[str, Any]
    price: int = 0
    keeps: bool = True


async def prepare_call(
    runtime: Runtime, node: Node, action: Action, inputs: Mapping[str, Any], item_key: str
) -> NodeCall:
    """The call that a node makes with these (unbatched) inputs; nothing is sent or held.

    Raises:
        BadRequest: its words, settings or model make no sense; `nodeId` or the field is named.
        NotConfigured: its provider cannot be asked from here, and nothing may stand in.
        ReferenceUnreachable, BadSource: a reference that the model could never read.
    """
    payload = build_payload(node, inputs)
    choice = choose_model(
        node, action, given=payload.given, offline=runtime.settings.offline, obstacle=runtime.providers.obstacle
    )
    choice.check_runnable()
    asked = ask_model(choice.model, payload, choice.count).inputs
    call = NodeCall(item_key, action, wanted_model(node, action), choice, payload, asked)
    if choice.target.provider != ANIMATIC:
        if call.media_type == "text":
            return replace(call, inputs=await show_files(runtime, asked))
        await check_references(runtime, choice.target, call.media_type, asked)
        call = replace(call, fallbacks=_fallbacks(choice, payload, asked))
    return call


def _fallbacks(choice: GenerationChoice, payload: Payload, asked: Mapping[str, Any]) -> tuple[FallbackTarget, ...]:
    """The media default, where the model's provider fails: priced again, and topped up before it is asked."""
    model = choice.model
    if model.media_type in {"text", "3d"}:
        return ()
    instead = fallback_model(model.media_type, given_media(asked, payload.given))
    if instead.id == model.id or instead.media_type != model.media_type:
        return ()
    try:
        inputs = ask_model(instead, payload, choice.count).inputs
    except BadRequest:
        return ()
    price = price_of(instead) * choice.count
    return (FallbackTarget(Target(instead.provider, instead.endpoint_id), instead.id, Covered(price), inputs),)


def job_of(run: RunRow, call: NodeCall, priced: int) -> OutputJob:
    """The call as `make_output` takes it; `priced` is what its item is held for."""
    request = GenerationRequest(
        item_key=call.item_key,
        target=call.choice.target,
        inputs=call.inputs,
        funding=COVERED if call.price <= priced else Covered(call.price),
        media_type=call.media_type,
        outputs=call.choice.count,
        fallbacks=call.fallbacks,
    )
    return OutputJob(request, destination_of(run, call.item_key, call.media_type))


def destination_of(run: RunRow, item_key: str, media_type: str) -> Destination:
    """Where the files of a run's item go: the project's folder."""
    location = choose_location(run.user_id, run.project_id, bucket=None, prefix=None)
    return Destination(run.user_id, run.run_id, item_key, media_type, location)


def finish_call(call: NodeCall, made: MadeOutput) -> MadeNode:
    """Result and price of the call, as a node's: as many outputs as have come. It is kept if made by who was chosen."""
    target = made.generated.target
    instead = next((way for way in call.fallbacks if way.target == target), None)
    model_id = instead.name if instead is not None else call.choice.model.id
    reason = f"runtime_failure:{call.choice.model.id}" if instead is not None else call.choice.fallback_reason
    result = result_of(call.media_type, made, model=call.wanted, prompt=call.payload.prompt)
    if model_id != call.wanted:
        result["endpoint_model"] = model_id
    if reason is not None:
        result |= {"fallback_used": True, "fallback_reason": reason}
    share = made.share(call.media_type, call.choice.count)
    price = 0 if target.provider == ANIMATIC else price_of_share(_price_of(instead, call), share)
    return MadeNode(result, price, keeps=instead is None)


def _price_of(instead: FallbackTarget | None, call: NodeCall) -> int:
    if instead is None:
        return call.price
    assert isinstance(instead.funding, Covered), "a graph's run pays for its nodes"
    return instead.funding.credits or 0


def result_of(media_type: str, kept: KeptOutput, *, model: str, prompt: str) -> dict[str, Any]:
    """A node's result as the studio's client shows it: a text, or files with their addresses."""
    if media_type == "text":
        stored: Any = kept.result
        data = stored.get("text", "") if is_object(stored) else str(stored)
        return {"type": "text", "data": data, "model": model, **_tokens(stored)}
    result: dict[str, Any] = {
        "type": media_type,
        "url": kept.files[0].url if kept.files else None,
        "urls": [file.url for file in kept.files],
        "model": model,
        "prompt": prompt[:PROMPT_TOLD],
    }
    return result | _facts(kept.files)


def _tokens(reported: Any) -> dict[str, Any]:
    usage = reported.get("usage") if is_object(reported) else None
    return {"tokens": usage} if isinstance(usage, dict) else {}


def _facts(files: Sequence[OutputFile]) -> dict[str, Any]:
    """Facts about the files: of one its own, of several a list."""
    facts = [
        {
            name: value
            for name, value in (
                ("url", file.url),
                ("sha256", file.sha256),
                ("width", file.width),
                ("height", file.height),
                ("duration", file.seconds),
                ("content_type", file.content_type),
            )
            if value is not None
        }
        for file in files
    ]
    if len(facts) == 1:
        return {name: value for name, value in facts[0].items() if name != "url"}
    return {"files": facts} if facts else {}


def join_results(policy: str, results: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The result of a batch: its elements in order, and the first one's file for whoever shows one."""
    first = results[0]
    data = {"policy": policy, "item_count": len(results), "items": [dict(one) for one in results]}
    if first["type"] == "text":
        return {"type": "json", "data": data, "model": first.get("model")}
    urls = [url for one in results for url in one.get("urls", ())]
    variants = [
        {"id": f"{one.get('model')}:{at}", "type": one["type"], "url": one.get("url"), "data": {"url": one.get("url")}}
        for at, one in enumerate(results)
    ]
    joined = {"type": first["type"], "url": first.get("url"), "urls": urls, "data": data, "variants": variants}
    files = [file for one in results for file in _files_of(one)]
    joined |= {"endpoint_model": first["endpoint_model"]} if "endpoint_model" in first else {}
    return {**joined, "files": files, "model": first.get("model"), "prompt": first.get("prompt")}


def _files_of(result: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The files of a result, each with what its bytes are known by."""
    if listed := result.get("files"):
        return [dict(file) for file in listed]
    return [{"url": result.get("url"), "sha256": result.get("sha256")}]


def element_key(node_id: str, number: int) -> str:
    """The key of the item of a batch's element."""
    return f"{node_id}#{number}"
