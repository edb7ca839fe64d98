"""`wzrd user`: who may use the stack."""

import json
import uuid

import httpx
import jwt
import pytest

from server.stack.state import SECRET_FILE
from tests.server.cli.conftest import CliStack
from tests.server.conftest import SECRET


async def test_add_prints_the_id_alone_and_welcomes_once(site: CliStack) -> None:
    """The id is all of stdout; the same address again, in other letters, is the same user without more credits."""
    first = await site.wzrd("user", "add", "Grace@Example.org")
    again = await site.wzrd("user", "add", "grace@example.org")
    assert (first.code, again.code) == (0, 0)
    assert uuid.UUID(first.out.strip())
    assert first.out == again.out
    assert "100 credits (welcome)" in first.err
    assert "here already; 100 credits" in again.err


async def test_the_welcome_is_the_environments(site: CliStack, monkeypatch: pytest.MonkeyPatch) -> None:
    """WZRD_WELCOME_CREDITS counts here as at the API."""
    monkeypatch.setenv("WZRD_WELCOME_CREDITS", "0")
    assert (await site.wzrd("user", "add", "grace@example.org")).err.endswith("added; 0 credits\n")
    monkeypatch.setenv("WZRD_WELCOME_CREDITS", "7")
    assert (await site.wzrd("user", "add", "joan@example.org")).err.endswith("added; 7 credits (welcome)\n")


@pytest.mark.parametrize(
    "text", ["", "grace", "@x", "a@", "a b@c", "a@b@c", "a@b\nc", "a@\udc80", "x" * 250 + "@b.org"]
)
async def test_what_is_no_address_is_wrong_use(site: CliStack, text: str) -> None:
    """Exit code 2, nothing on stdout, no user made."""
    ended = await site.wzrd("user", "add", "--", text)
    assert (ended.code, ended.out) == (2, "")
    assert len((await site.wzrd("user", "list")).lines) == 1


async def test_token_prints_a_token_that_the_api_takes(site: CliStack) -> None:
    """Stdout is the token alone, for the first user or the one named; its life is what was asked for."""
    first, named = await site.wzrd("user", "token"), await site.wzrd("user", "token", "ADA@example.org", "--ttl", "60")
    claims = jwt.decode(named.out.strip(), SECRET, ["HS256"], audience="authenticated")
    assert claims["sub"] == str(site.user.user_id)
    assert claims["exp"] - claims["iat"] == 60
    assert (first.err, named.err) == ("", "")
    async with httpx.AsyncClient(base_url=site.api_url) as http:
        answer = await http.get("/functions/v1/runs", headers={"authorization": f"Bearer {first.out.strip()}"})
    assert answer.status_code == 200


@pytest.mark.parametrize("arguments", [("nobody@example.org",), (str(uuid.uuid4()),), ("\udc80",)])
async def test_a_token_for_nobody_fails(site: CliStack, arguments: tuple[str, ...]) -> None:
    """Exit code 1 and a way on."""
    ended = await site.wzrd("user", "token", *arguments)
    assert (ended.code, ended.out) == (1, "")
    assert "no user" in ended.err


@pytest.mark.parametrize("ttl", ["0", "-1", "x", "99999999999"])
async def test_a_life_out_of_bounds_is_wrong_use(site: CliStack, ttl: str) -> None:
    """A token lives from a second to a month."""
    assert (await site.wzrd("user", "token", f"--ttl={ttl}")).code == 2


async def test_list_is_in_order_and_as_json(site: CliStack) -> None:
    """The first user first; JSON has one object a line."""
    await site.wzrd("user", "add", "grace@example.org")
    lines = [json.loads(line) for line in (await site.wzrd("user", "list", "--json")).lines]
    assert [(one["email"], one["credits"]) for one in lines] == [("ada@example.org", 100), ("grace@example.org", 100)]
    plain = await site.wzrd("user", "list")
    assert plain.lines[0].startswith(str(site.user.user_id))


async def test_without_a_secret_nobody_is_added(site: CliStack) -> None:
    """A stack that only verifies foreign tokens makes no users of its own."""
    (site.home / SECRET_FILE).unlink()
    added, token = await site.wzrd("user", "add", "grace@example.org"), await site.wzrd("user", "token")
    assert (added.code, added.out, token.code, token.out) == (1, "", 1, "")


@pytest.mark.parametrize("where", ["variable", "home"])
async def test_nothing_is_signed_with_a_weak_secret(
    site: CliStack, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """A secret under 32 bytes, set beside a running stack or written into its home: no token, and why."""
    if where == "variable":
        monkeypatch.setenv("SUPABASE_JWT_SECRET", "hunter2")
    else:
        (site.home / SECRET_FILE).write_text("hunter2")
    ended = await site.wzrd("user", "token")
    assert (ended.code, ended.out) == (1, "")
    assert "SUPABASE_JWT_SECRET" in ended.err
    assert "7 of at least 32 bytes" in ended.err
    assert "hunter2" not in ended.err


async def test_without_a_stack_a_command_says_how_to_start_one(site: CliStack) -> None:
    """Exit code 1, and `wzrd up`."""
    (site.home / "state.json").unlink()
    ended = await site.wzrd("user", "list")
    assert (ended.code, ended.out) == (1, "")
    assert "wzrd up" in ended.err
