"""Files handed over to fal: inside the request or by its storage, and never anywhere else."""

import asyncio
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.chat import Act, ChatServer, answers, drops, hangs, refuses
from tests.providers.scripted_fal import KEY
from wzrd.domain.errors import (
    ProviderError,
    ProviderRejected,
    ProviderUnsent,
)
from wzrd.providers.fal.adapter import Fal
from wzrd.providers.fal.storage import MAX_BYTES


def token_of(server: ChatServer, date: str | None = None, **changes: object) -> Act:
    return answers(
        {"token": "T0KEN", "token_type": "Bearer", "base_url": f"{server.origin}/cdn",
         "expires_at": "2026-03-01T01:00:00+00:00", **changes},
        date=date or "",
    )  # fmt: skip


UPLOADED = answers({"access_url": "https://v3.fal.media/files/x.png"})


async def test_a_small_file_goes_inside_the_request(fal: Fal, server: ChatServer, tmp_path: Path) -> None:
    """Its type and bytes are in the URI; nobody is called."""
    (tmp_path / "a.png").write_bytes(b"\x89PNG...")
    url = await fal.upload(tmp_path / "a.png", "image/png")
    assert url == "data:image/png;base64,iVBORy4uLg=="
    assert fal.takes_files("fal-ai/flux")
    assert server.submits == 0


async def test_a_large_file_goes_by_the_storage(fal: Fal, server: ChatServer, large: Path) -> None:
    """The key buys a token, the token uploads; the key does not go to the storage, and a token is used again."""
    server.script = [token_of(server), UPLOADED, UPLOADED]
    assert await fal.upload(large, "image/png") == "https://v3.fal.media/files/x.png"
    assert await fal.upload(large, "image/png") == "https://v3.fal.media/files/x.png"
    token, first, _ = server.calls
    assert (token.method, token.path) == ("POST", "/rest/storage/auth/token?storage_type=fal-cdn-v3")
    assert (token.headers["authorization"], token.body) == (f"Key {KEY}", {})
    assert (first.method, first.path, first.raw) == ("POST", "/cdn/files/upload", large.read_bytes())
    assert first.headers["authorization"] == "Bearer T0KEN"
    assert first.headers["content-type"] == "image/png"
    assert first.headers["x-fal-file-name"] == "reference.png"


async def test_many_files_at_once_share_one_token(fal: Fal, server: ChatServer, large: Path) -> None:
    """Whoever comes while a token is fetched waits for it."""
    server.script, server.otherwise = [token_of(server)], UPLOADED
    await asyncio.gather(*(fal.upload(large, "image/png") for _ in range(10)))
    assert sum("storage/auth/token" in call.path for call in server.calls) == 1


@pytest.mark.parametrize("expires", ["2026-03-01T00:00:30Z", "2026-02-28T00:00:00", "2026-03-01T00:00:59+00:00"])
async def test_an_old_token_is_not_used(fal: Fal, server: ChatServer, large: Path, expires: str) -> None:
    """A token within a minute of its end is replaced before the next upload."""
    server.script = [token_of(server, expires_at=expires), UPLOADED] * 2
    await fal.upload(large, "image/png")
    await fal.upload(large, "image/png")
    assert server.submits == 4


@pytest.mark.parametrize("theirs", ["2026-02-28T21:00:00+00:00", "2026-03-01T09:00:00+00:00"])
async def test_a_tokens_end_is_of_fals_clock(fal: Fal, server: ChatServer, large: Path, theirs: str) -> None:
    """Ours may be hours off, as a laptop's that has slept: the token is good for as long as fal meant it to be."""
    sent = datetime.fromisoformat(theirs)
    good, old = (sent + timedelta(seconds=seconds) for seconds in (600, 30))
    date = format_datetime(sent, usegmt=True)
    server.script = [token_of(server, date, expires_at=good.isoformat()), UPLOADED, UPLOADED]
    await fal.upload(large, "image/png")
    await fal.upload(large, "image/png")
    assert sum("auth/token" in call.path for call in server.calls) == 1
    fal._storage._token = None
    server.script = [token_of(server, date, expires_at=old.isoformat()), UPLOADED] * 2
    await fal.upload(large, "image/png")
    await fal.upload(large, "image/png")
    assert sum("auth/token" in call.path for call in server.calls) == 3


@pytest.mark.parametrize("expires", ["soon", None, 7])
async def test_a_token_whose_end_cannot_be_read_is_used_for_a_while(
    fal: Fal, server: ChatServer, large: Path, expires: object
) -> None:
    """The times may change their form; uploads go on."""
    server.script = [token_of(server, expires_at=expires), UPLOADED, UPLOADED]
    await fal.upload(large, "image/png")
    await fal.upload(large, "image/png")
    assert server.submits == 3


async def test_a_refused_token_is_not_kept(fal: Fal, server: ChatServer, large: Path) -> None:
    """The next file asks for a new one."""
    server.script = [token_of(server), refuses(401), token_of(server, token="OTHER"), UPLOADED]
    with pytest.raises(ProviderRejected):
        await fal.upload(large, "image/png")
    await fal.upload(large, "image/png")
    assert server.calls[-1].headers["authorization"] == "Bearer OTHER"


@pytest.mark.parametrize(
    ("changes", "script", "kind"),
    [
        pytest.param({"base_url": "https://evil.example"}, [], ProviderUnsent, id="a storage elsewhere"),
        pytest.param({"base_url": "http://v3.fal.media"}, [], ProviderUnsent, id="a storage in the open"),
        pytest.param({"base_url": "https://evilfal.media"}, [], ProviderUnsent, id="a storage that looks like it"),
        pytest.param({"base_url": "http://["}, [], ProviderUnsent, id="a storage that is none"),
        pytest.param({"token": None}, [], ProviderUnsent, id="no token"),
        pytest.param({"token": "a\r\nb: c"}, [], ProviderUnsent, id="a token with a line break"),
        pytest.param({}, [answers({})], ProviderUnsent, id="no address"),
        pytest.param({}, [answers({"access_url": "file:///etc/passwd"})], ProviderUnsent, id="no web address"),
        pytest.param({}, [refuses(413)], ProviderRejected, id="refused"),
        pytest.param({}, [refuses(500)], ProviderUnsent, id="broken"),
        pytest.param({}, [drops()], ProviderUnsent, id="dropped"),
        pytest.param({}, [hangs()], ProviderUnsent, marks=pytest.mark.silence, id="silent"),
    ],
)
async def test_a_file_that_was_not_uploaded(
    fal: Fal, server: ChatServer, large: Path, changes: Any, script: list[Act], kind: type[ProviderError]
) -> None:
    """It is known that nothing was submitted, and no file goes to another host."""
    server.script = [token_of(server, **changes), *script]
    with pytest.raises(ProviderError) as caught:
        await fal.upload(large, "image/png")
    assert type(caught.value) is kind


async def test_a_file_beyond_what_fal_takes_is_refused_by_size(fal: Fal, server: ChatServer, tmp_path: Path) -> None:
    """A sparse file of more than 100 MiB: nothing is read, nothing sent."""
    path = tmp_path / "huge.mp4"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(ProviderRejected, match=str(MAX_BYTES + 1)):
        await fal.upload(path, "video/mp4")
    assert server.submits == 0
