"""References on their way to a provider: refused before any hold, or handed over before a submit.

A public address stays as it is. A file of our own store goes by the address that strangers reach it at; where there is
none it is given to the provider as a file, and so is a data URI. Any other private address is refused.
"""

import base64
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from wzrd.assets.sources import BadSource, find_own, find_signed, open_source
from wzrd.domain.errors import BadRequest, NotFound
from wzrd.domain.submission import Target
from wzrd.models.catalog import Model
from wzrd.models.references import (
    FieldPath,
    ReferenceKind,
    find_parts,
    find_references,
    find_strays,
    kind_at,
    name_of,
    replace_parts,
    replace_references,
)
from wzrd.net.addresses import FetchRefused, is_public_url, read_url
from wzrd.net.file_types import SNIFF_BYTES, sniff
from wzrd.net.guarded import FetchFailed, FetchLimits, MediaKind
from wzrd.net.transport import NAMES
from wzrd.providers.base import QueueProvider, is_queue
from wzrd.runtime.process import Runtime
from wzrd.storage.signed_urls import BadToken
from wzrd.threads import in_file_thread

ANY_KIND: tuple[MediaKind, ...] = ("image", "video", "audio", "model")
MAX_HANDED = 100 << 20
"""Bytes of one file that is handed over."""
MAX_SHOWN = 20 << 20
"""Bytes of one file that a chat is shown inside its request."""
MOST_REFERENCES = 500
"""Addresses in the inputs of one generation: the name of each is looked up before anything is answered."""
LOOK = FetchLimits(seconds=4.0, connect_seconds=2.0)
"""Limits on looking at a public address before money is spent on it."""


class ReferenceUnreachable(BadSource):
    """The provider cannot reach this reference."""

    code = "reference_unreachable"


@dataclass(frozen=True, slots=True)
class _Reference:
    """One address in the inputs. `file`: where it lies in our store, if it does.

    `address` is where a provider reads it; None: it is to be handed over.
    """

    field: FieldPath
    url: str
    file: tuple[str, str] | None
    address: str | None


def _read_references(runtime: Runtime, inputs: Mapping[str, Any]) -> list[_Reference]:
    """The references, judged by their addresses alone.

    Raises:
        ReferenceUnreachable: a private address that is none of ours, one that is not fetched, or no address at all.
        BadRequest: more of them than any model takes.
    """
    for field, text in find_strays(inputs):
        message = f"{name_of(field)}: {text[:60]!r} is no address"
        remedy = "upload the file, or give an https address or a data: URI"
        raise ReferenceUnreachable(f"{message}; {remedy}", field=name_of(field))
    found = [*find_references(inputs)]
    if len(found) > MOST_REFERENCES:
        raise BadRequest(f"there are {len(found)} addresses of {MOST_REFERENCES} at most", field="inputs")
    return [_read_reference(runtime, field, url) for field, url in found]


def _read_reference(runtime: Runtime, field: FieldPath, url: str) -> _Reference:
    """One of them. An address of the form of ours that no stranger could reach is ours, whatever its host.

    This server has several: its own, its proxy's, that of last week.
    """
    if url[:5].lower() == "data:":
        return _Reference(field, url, None, None)
    is_foreign = is_public_url(url) and not runtime.settings.owns(url)
    file = None if is_foreign else runtime.storage.locate(url)
    if file is not None:
        return _ours(runtime, field, url, file)
    if not is_foreign and (signed := _signed(runtime, field, url)) is not None:
        return _Reference(field, url, signed, url if is_public_url(url) else None)
    if not is_public_url(url):
        raise _private(field)
    if url[:6].lower() == "https:":  # it is looked at before it is sent: by then its price would be held
        try:
            read_url(url)
        except FetchRefused as error:
            raise _private(field, error.message) from None
    return _Reference(field, url, None, url)


def _private(
    field: FieldPath, message: str = "an address that only this machine or its network can reach"
) -> ReferenceUnreachable:
    remedy = "upload the file, or give an https address of the public internet"
    return ReferenceUnreachable(f"{name_of(field)}: {message}; {remedy}", field=name_of(field))


def _signed(runtime: Runtime, field: FieldPath, url: str) -> tuple[str, str] | None:
    """The file of ours that a signed address gives leave to read, in a bucket that is not public."""
    try:
        return find_signed(runtime, url)
    except BadToken as error:
        raise ReferenceUnreachable(f"{name_of(field)}: {error.message}", field=name_of(field)) from None


def _ours(runtime: Runtime, field: FieldPath, url: str, file: tuple[str, str]) -> _Reference:
    """A file of our store: read where the store shows it now, if strangers can reach that."""
    shown = runtime.storage.public_url(*file)
    return _Reference(field, url, file, shown if NAMES.leads_outside(shown) else None)


async def _recognized(runtime: Runtime, reference: _Reference) -> _Reference:
    """Reference resolved to our stored file, if its public address is a former one of ours.

    Raises:
        ReferenceUnreachable: its name leads into a private network, however public it looks.
    """
    if reference.file is not None or reference.address is None:
        return reference
    file = await find_own(runtime, reference.url)
    if file is not None and runtime.storage.locate(reference.url) is None:
        return replace(reference, file=file, address=None)  # its signed address, at a host of ours that was
    if file is not None:
        return _ours(runtime, reference.field, reference.url, file)
    if await NAMES.learn(reference.url) is False:
        raise _private(reference.field)
    return reference


async def check_references(runtime: Runtime, target: Target, media_type: str, inputs: Mapping[str, Any]) -> None:
    """Refuse what this provider could never read, before anything is held or sent.

    Raises:
        ReferenceUnreachable: a private address; or a file of ours that this model takes in no other way.
        BadSource: a file of ours that is gone; a file of ours, or a data URI, that is no media file.
    """
    provider = None
    for read in _read_references(runtime, inputs):
        reference = await _recognized(runtime, read)
        if reference.address is not None:
            continue
        if provider is None:
            provider = runtime.providers.find(target.provider, media_type)
        if is_queue(provider) and not provider.takes_files(target.model):
            remedy = "set WZRD_PUBLIC_URL to an address of this server that the internet can reach"
            message = f"{target.model} fetches its references itself and cannot reach this server's files: {remedy}"
            raise ReferenceUnreachable(f"{name_of(reference.field)}: {message}", field=name_of(reference.field))
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
    if all(reference.address is not None for reference in _read_references(runtime, inputs)):
        return list(models)
    return [model for model in models if _takes_files(runtime, model)]


def _takes_files(runtime: Runtime, model: Model) -> bool:
    if runtime.providers.obstacle(model.provider, model.media_type) is not None:
        return False
    provider = runtime.providers.find(model.provider, model.media_type)
    return not is_queue(provider) or provider.takes_files(model.endpoint_id)


async def upload_references(runtime: Runtime, provider: QueueProvider, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs with every reference as the provider can read it. Each file is handed over once.

    Raises:
        ReferenceUnreachable, BadSource: as `check_references`; or a public address leads to something else than media.
        ProviderError: the provider did not take the file; nothing was submitted.
    """
    handed: dict[str, str] = {}
    for read in _read_references(runtime, inputs):
        if read.url in handed:
            continue
        reference = await _recognized(runtime, read)
        if reference.address is not None:
            await _look(runtime, reference)
            handed[reference.url] = reference.address
            continue
        async with _file_of(runtime, reference) as (path, content_type):
            handed[reference.url] = await provider.upload(path, content_type)
    return replace_references(inputs, lambda url: handed.get(url, url))


async def show_files(runtime: Runtime, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """A chat's inputs with what its messages show as the model can read it: our own files inside the request.

    Raises:
        ReferenceUnreachable: a private address that is none of ours.
        BadSource: a file of ours that is gone, no media file, or too large.
    """
    shown: dict[str, str] = {}
    for field, url in find_parts(inputs.get("messages")):
        if url in shown:
            continue
        reference = await _recognized(runtime, _read_reference(runtime, field, url))
        if reference.address is not None:
            shown[url] = reference.address
        else:
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
    name, kind = name_of(reference.field), kind_at(reference.field)
    kinds: tuple[MediaKind, ...] = (kind,) if kind else ANY_KIND
    try:
        at = reference.file
        async with runtime.storage.local(*at) if at else open_source(runtime, reference.url, *kinds) as path:
            content_type = await in_file_thread(_check_file, path, kinds, name, most)
            yield path, content_type
    except NotFound:
        raise _gone(reference) from None
    except BadSource as error:
        message = error.message if error.details.get("field") == name else f"{name}: {error.message}"
        raise BadSource(message, field=name) from None


def _gone(reference: _Reference) -> BadSource:
    name = name_of(reference.field)
    return BadSource(f"{name}: there is no such file: {reference.url[:200]}", field=name)


def _check_file(path: Path, kinds: tuple[MediaKind, ...], name: str, most: int) -> str:
    from wzrd.media.pictures import check_file  # who has no references need not load the media tools

    with path.open("rb") as file:
        content_type = sniff(file.read(SNIFF_BYTES))
    if content_type is None or content_type.split("/")[0] not in kinds:
        message = f"expected {' or '.join(kinds)}, found {content_type or 'something else'}"
        raise BadSource(f"{name}: {message}", field=name)
    if path.stat().st_size > most:
        raise BadSource(f"{name}: the file has more than {most >> 20} MiB; give a smaller one", field=name)
    if content_type.startswith("image/"):
        check_file(path)
    return content_type


async def _look(runtime: Runtime, reference: _Reference) -> None:
    """A public address that leads to a web page, or into a private network, is refused before it costs anything.

    A host that does not answer us may answer the provider: that is the provider's to say. A file of ours is looked at
    in the store: from inside, our own public name may lead to a private address, or nowhere.
    """
    kind = kind_at(reference.field)
    if reference.file is not None:
        await _look_up(runtime, reference, reference.file, kind)
    elif kind is not None and reference.url.lower().startswith("https://"):
        try:
            async with runtime.fetch.fetch(reference.url, accept=(kind,), limits=LOOK):
                return
        except FetchFailed:
            return
        except FetchRefused as error:
            name = name_of(reference.field)
            raise BadSource(f"{name}: {error.message}", field=name) from None


async def _look_up(runtime: Runtime, reference: _Reference, file: tuple[str, str], kind: ReferenceKind | None) -> None:
    try:
        async with runtime.storage.open(*file, stop=SNIFF_BYTES) as opened:
            found = sniff(b"".join([chunk async for chunk in opened.chunks]))
    except NotFound:
        raise _gone(reference) from None
    if kind is not None and (found is None or found.split("/")[0] != kind):
        name = name_of(reference.field)
        raise BadSource(f"{name}: expected {kind}, found {found or 'something else'}", field=name)
