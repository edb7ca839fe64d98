"""Addresses and tokens as people have them: taken, or refused at once, and no token is told."""

from typing import Any

import pytest

from tests.client.test_client import Request, a_view, answer, serving
from wzrd.client import GenerationError, UnifiedGenerationService
from wzrd.client.access import read_address

NOWHERE = "http://127.0.0.1:9"


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("http://127.0.0.1:8787", "http://127.0.0.1:8787"),
        (" https://ref.supabase.co/functions/v1/ ", "https://ref.supabase.co"),
        ("https://studio.example/api/functions/v1", "https://studio.example/api"),
        ("http://[::1]:8787//", "http://[::1]:8787"),
    ],
)
def test_an_address(given: str, address: str) -> None:
    """Without slashes at its end; the documented base address is that of the functions."""
    assert read_address(given) == address


NONE = ["", "127.0.0.1:8787", "localhost:8787", "ftp://x", "http://", "http://x?key=1", "https://x/#a", "http://x:y"]


@pytest.mark.parametrize("given", [*NONE, "http://[1"])
async def test_what_is_no_address_is_told_at_once(given: str) -> None:
    """Nothing is tried for half a minute."""
    with pytest.raises(GenerationError, match="is no address of an API: give one such as"):
        async with UnifiedGenerationService(given, "token"):
            pass


async def test_a_password_in_a_wrong_address_is_not_told() -> None:
    """The part before the host is left out."""
    with pytest.raises(GenerationError) as refused:
        async with UnifiedGenerationService("ftp://me:secret@host", "token"):
            pass
    assert "secret" not in refused.value.message


async def test_a_token_out_of_a_file() -> None:
    """The end of its line is no part of it."""

    async def see(_request: Request, writer: Any) -> None:
        answer(writer, 200, {"runs": [a_view()]})

    async with serving(see) as server, UnifiedGenerationService(server.url, "abc.def\n", 1, 0.001) as service:
        await service.runs()
    assert server.asked[0].headers["authorization"] == "Bearer abc.def"


@pytest.mark.parametrize("token", ["", " ", "a\nb", "tökén", "a\x00b"])
async def test_a_token_that_no_header_can_have(token: str) -> None:
    """It is refused before anything is sent, and stands in no message."""
    async with UnifiedGenerationService(NOWHERE, token, 1, 0.001) as service:
        with pytest.raises(GenerationError, match="the token is empty, or has characters") as refused:
            await service.runs()
    assert not token.strip() or token not in str(refused.value)


async def test_a_service_is_open_once() -> None:
    """Before, after, and twice at once: told in words; afterwards it may be opened again."""
    service = UnifiedGenerationService(NOWHERE, "token", 0, 0.001)
    with pytest.raises(RuntimeError, match="not open: use it in an async with statement"):
        await service.runs()
    for _ in range(2):
        async with service:
            with pytest.raises(RuntimeError, match="open already"):
                await service.__aenter__()
            with pytest.raises(GenerationError, match="no answer from"):
                await service.runs()
    with pytest.raises(RuntimeError, match="not open"):
        await service.runs()


async def test_what_makes_no_sense_is_one_of_the_documented_errors() -> None:
    """Before anything is sent, with the field's name."""
    async with UnifiedGenerationService(NOWHERE, "token", 0, 0.001) as service:
        with pytest.raises(GenerationError, match="prompt: String should have at most 200000 characters") as refused:
            await service.generate_image("x" * 300_000)
        assert (refused.value.code, refused.value.reason) == ("edge_function_error", "bad_request")
        with pytest.raises(GenerationError, match="project_id: String should have at least 1 character"):
            await anext(service.gen_shots(""))
        with pytest.raises(GenerationError, match=r"(?i)max_?credits"):
            await service.auto_generate("p", "images", max_credits=-1)
