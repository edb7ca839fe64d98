"""`wzrd credits`: the number first, the ledger whole."""

import json

import pytest

from tests.rows import balance
from tests.server.cli.conftest import CliStack


async def test_balance_prints_a_number(site: CliStack) -> None:
    """Stdout is the number and nothing else, so that a script can add it up."""
    ended = await site.wzrd("credits", "balance")
    assert (ended.code, ended.out) == (0, "100\n")
    assert "ada@example.org" in ended.err


async def test_a_grant_under_a_key_comes_once(site: CliStack) -> None:
    """Repeated it gives nothing more; without a key each grant is its own."""
    granted = await site.wzrd("credits", "grant", "50", "--why", "a prize", "--key", "prize")
    again = await site.wzrd("credits", "grant", "50", "--why", "a prize", "--key", "prize")
    assert (granted.out, again.out) == ("150\n", "150\n")
    assert "nothing changed" in again.err
    more = [await site.wzrd("credits", "grant", "5", "--why", "more") for _ in range(2)]
    assert [one.out for one in more] == ["155\n", "160\n"]
    assert await balance(site.runtime, site.user.user_id) == 160


@pytest.mark.parametrize(
    "arguments",
    [
        ("grant", "0", "--why", "x"),
        ("grant", "-5", "--why", "x"),
        ("grant", "1.5", "--why", "x"),
        ("grant", "1000001", "--why", "x"),
        ("grant", "5"),
        ("grant", "5", "--why", " "),
        ("grant", "5", "--why", "a\x1b[2Jb"),
        ("grant", "5", "--why", "x", "--key", ""),
        ("ledger", "--limit", "0"),
        ("burn", "5"),
    ],
)
async def test_wrong_use_changes_nothing(site: CliStack, arguments: tuple[str, ...]) -> None:
    """Exit code 2 and an untouched ledger."""
    ended = await site.wzrd("credits", *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert await balance(site.runtime, site.user.user_id) == 100


async def test_the_ledger_tells_what_for(site: CliStack) -> None:
    """The newest entry first, with its sign and its reason; as JSON with all its metadata."""
    await site.wzrd("credits", "grant", "7", "--why", "for the tuba", "--user", "ada@example.org")
    plain = await site.wzrd("credits", "ledger")
    assert "+7" in plain.lines[0]
    assert "for the tuba" in plain.lines[0]
    entries = [json.loads(line) for line in (await site.wzrd("credits", "ledger", "--json")).lines]
    assert sum(entry["amount"] for entry in entries) == 107
    assert len((await site.wzrd("credits", "ledger", "--limit", "1")).lines) == 1


async def test_a_stranger_has_no_balance(site: CliStack) -> None:
    """A user who is not there is an error, not a zero."""
    ended = await site.wzrd("credits", "balance", "--user", "nobody@example.org")
    assert (ended.code, ended.out) == (1, "")
