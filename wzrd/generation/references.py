"""References on their way to a provider: refused before any hold, or handed over before a submit.

A public address stays as it is. A file of our own store that no cloud can reach, and a data URI, are given to the
provider as files. Any other private address is refused.
"""

import base64
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

from wzrd.assets.sources import BadSource, open_source
from wzrd.domain.catalog import Model
from wzrd.domain.errors import NotFound
from wzrd.domain.references import (
    Place,
    find_parts,
    find_references,
    kind_at,
    name_of,
    replace_parts,
    replace_references,
)
from wzrd.domain.submission import Target
from wzrd.net.addresses import FetchRefused, is_public_url
from wzrd.net.guarded import FetchFailed, FetchLimits, MediaKind
from wzrd.net.magic import SNIFF_BYTES, sniff
from wzrd.providers.base import QueueProvider, is_queue
from wzrd.runtime.process import Runtime
from wzrd.threads import in_file_thread

ANY_KIND: tuple[MediaKind, ...] = ("image", "video", "audio", "model")
MAX_HANDED = 100 << 20
"""Bytes of one file that is handed over."""
MAX_SHOWN = 20 << 20
"""Bytes of one file that a chat is shown inside its request."""
LOOK = FetchLimits(seconds=4.0, connect_seconds=2.0)
"""How long a public address is looked at before money is spent on it."""

Reach: TypeAlias = Literal["public", "ours", "data"]


class ReferenceUnreachable(BadSource):
    """The provider cannot reach this reference."""

    code = "reference_unreachable"


@dataclass(frozen=True, slots=True)
class _Reference:
    place: Place
    url: str
    reach: Reach


def _read_references(runtime: Runtime, inputs: Mapping[str, Any]) -> list[_Reference]:
    """The references with how a provider can reach each.

    Raises:
        ReferenceUnreachable: a private address that is none of ours.
    """
    return [_Reference(place, url, _reach_of(runtime, place, url)) for place, url in find_references(inputs)]


def _reach_of(runtime: Runtime, place: Place, url: str) -> Reach:
    if url[:5].lower() == "data:":
        return "data"
    ours = runtime.storage.find_place(url) is not None and url.startswith(runtime.settings.address + "/")
    if ours and not is_public_url(runtime.settings.address):
        return "ours"
    if not ours and not is_public_url(url):
        told = "an address that only this machine or its network can reach"
        raise ReferenceUnreachable(
            f"{name_of(place)}: {told}; upload the file, or give an https address of the public internet",
            field=name_of(place),
        )
    return "public"


async def check_references(runtime: Runtime, target: Target, media_type: str, inputs: Mapping[str, Any]) -> None:
    """Refuse what this provider could never read, before anything is held or sent.

    Raises:
        ReferenceUnreachable: a private address; or a file of ours that this model takes in no other way.
        BadSource: a file of ours that is gone; a file of ours, or a data URI, that is no media file.
    """
    provider = None
    for reference in _read_references(runtime, inputs):
        if reference.reach == "public":
            continue
        if provider is None:
            provider = runtime.providers.find(target.provider, media_type)
        if is_queue(provider) and not provider.takes_files(target.model):
            remedy = "set WZRD_PUBLIC_URL to an address of this server that the internet can reach"
            told = f"{target.model} fetches its references itself and cannot reach this server's files: {remedy}"
            raise ReferenceUnreachable(f"{name_of(reference.place)}: {told}", field=name_of(reference.place))
        async with _file_of(runtime, reference):
            pass


def check_addresses(runtime: Runtime, inputs: Mapping[str, Any]) -> None:
    """Refuse addresses that no provider could be given, by the addresses alone: no file is looked at.

    Raises:
        ReferenceUnreachable: a private address that is none of ours.
    """
    _read_references(runtime, inputs)


def able_to_read(runtime: Runtime, models: Iterable[Model], inputs: Mapping[str, Any]) -> list[Model]:
    """Of these models the ones that could read every reference of the inputs, without looking at any file.

    Raises:
        ReferenceUnreachable: a private address that is none of ours.
    """
    if all(reference.reach == "public" for reference in _read_references(runtime, inputs)):
        return list(models)
    return [model for model in models if _takes_files(runtime, model)]


def _takes_files(runtime: Runtime, model: Model) -> bool:
    if runtime.providers.obstacle(model.provider, model.media_type) is not None:
        return False
    provider = runtime.providers.find(model.provider, model.media_type)
    return not is_queue(provider) or provider.takes_files(model.endpoint_id)


async def hand_over(runtime: Runtime, provider: QueueProvider, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs with every reference as the provider can read it. Each file is handed over once.

    Raises:
        ReferenceUnreachable, BadSource: as `check_references`; or a public address leads to something else than media.
        ProviderError: the provider did not take the file; nothing was submitted.
    """
    handed: dict[str, str] = {}
    for reference in _read_references(runtime, inputs):
        if reference.url in handed:
            continue
        if reference.reach == "public":
            await _look(runtime, reference)
            handed[reference.url] = reference.url
            continue
        async with _file_of(runtime, reference) as (path, content_type):
            handed[reference.url] = await provider.hand_over(path, content_type)
    return replace_references(inputs, lambda url: handed.get(url, url))


async def show_files(runtime: Runtime, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """A chat's inputs with what its messages show as the model can read it: our own files inside the request.

    Raises:
        ReferenceUnreachable: a private address that is none of ours.
        BadSource: a file of ours that is gone, no media file, or too large.
    """
    shown: dict[str, str] = {}
    for place, url in find_parts(inputs.get("messages")):
        reference = _Reference(place, url, _reach_of(runtime, place, url))
        if reference.reach != "public" and url not in shown:
            async with _file_of(runtime, reference, most=MAX_SHOWN) as (path, content_type):
                shown[url] = await in_file_thread(_data_uri, path, content_type)
    if not shown:
        return dict(inputs)
    return {**inputs, "messages": replace_parts(inputs["messages"], lambda url: shown.get(url, url))}


def _data_uri(path: Path, content_type: str) -> str:
    return f"data:{content_type};base64,{base64.b64encode(path.read_bytes()).decode()}"


@asynccontextmanager
async def _file_of(
    runtime: Runtime, reference: _Reference, *, most: int = MAX_HANDED
) -> AsyncGenerator[tuple[Path, str]]:
    """The reference as a file of ours, checked: what it is, and how large."""
    name, kind = name_of(reference.place), kind_at(reference.place)
    kinds: tuple[MediaKind, ...] = (kind,) if kind else ANY_KIND
    try:
        async with open_source(runtime, reference.url, *kinds) as path:
            content_type = await in_file_thread(_check_file, path, kinds, name, most)
            yield path, content_type
    except NotFound:
        raise BadSource(f"{name}: there is no such file: {reference.url[:200]}", field=name) from None
    except BadSource as error:
        told = error.message if error.details.get("field") == name else f"{name}: {error.message}"
        raise BadSource(told, field=name) from None


def _check_file(path: Path, kinds: tuple[MediaKind, ...], name: str, most: int) -> str:
    from wzrd.media.pictures import check_file  # noqa: PLC0415 - who has no references need not load the media tools

    with path.open("rb") as file:
        content_type = sniff(file.read(SNIFF_BYTES))
    if content_type is None or content_type.split("/")[0] not in kinds:
        told = f"expected {' or '.join(kinds)}, found {content_type or 'something else'}"
        raise BadSource(f"{name}: {told}", field=name)
    if path.stat().st_size > most:
        raise BadSource(f"{name}: the file has more than {most >> 20} MiB; give a smaller one", field=name)
    if content_type.startswith("image/"):
        check_file(path)
    return content_type


async def _look(runtime: Runtime, reference: _Reference) -> None:
    """A public address that leads to a web page, or into a private network, is refused before it costs anything.

    A host that does not answer us may answer the provider: that is the provider's to say.
    """
    kind = kind_at(reference.place)
    if kind is None or not reference.url.lower().startswith("https://"):
        return
    try:
        async with runtime.fetch.fetch(reference.url, accept=(kind,), limits=LOOK):
            return
    except FetchFailed:
        return
    except FetchRefused as error:
        name = name_of(reference.place)
        raise BadSource(f"{name}: {error.message}", field=name) from None
