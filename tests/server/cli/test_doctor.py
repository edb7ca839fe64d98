"""`wzrd doctor`: what is wrong with anybody's credits, and where fal's models take something else by now."""

import json
from pathlib import Path

import pytest
from sqlalchemy import text

from server.cli.context import prefect_stack
from server.fakes import Behaviour, Fakes
from server.stack.doctor import check_public_name
from server.stack.errors import StackError
from tests.server.cli.conftest import CliStack, wzrd
from wzrd.db.invariants import INVARIANTS
from wzrd.models.catalog import load_catalog
from wzrd.models.schemas.input_schemas import find_schema
from wzrd.net.transport import PublicNames
from wzrd.settings import Settings

FAL = {one.endpoint_id for one in load_catalog().models.values() if one.provider == "fal-ai"}


async def test_sound_money_is_said_in_a_line(site: CliStack) -> None:
    """Exit code 0; as JSON there is nothing to tell."""
    told = await site.wzrd("doctor", "--money")
    assert (told.code, told.out) == (0, f"✓ {len(INVARIANTS)} promises about money hold\n")
    assert (await site.wzrd("doctor", "--money", "--json")).out == ""


async def test_a_broken_promise_is_told_with_its_remedy(site: CliStack) -> None:
    """Exit code 1, and promise, user, amount and remedy; of somebody else's money nothing."""
    async with site.runtime.begin() as tx:
        statement = "update public.user_credits set total_credits = total_credits + 7 where user_id = :user"
        await tx.execute(text(statement), {"user": site.user.user_id})
    told = await site.wzrd("doctor", "--money")
    assert told.code == 1
    assert told.lines[0] == "✗ balance             the entries of the account do not sum to its balance"
    assert told.lines[1].strip() == f"user {site.user.user_id}, run -, account: -7"
    assert "wzrd credits ledger" in told.lines[2]
    (line,) = (await site.wzrd("doctor", "--money", "--user", "ada@example.org", "--json")).lines
    found = json.loads(line)
    assert (found["promise"], found["user"], found["amount"]) == ("balance", str(site.user.user_id), -7)
    assert found["remedy"]
    await site.wzrd("user", "add", "bob@example.org")
    assert (await site.wzrd("doctor", "--money", "--user", "bob@example.org")).code == 0


@pytest.mark.parametrize(
    ("answers", "level", "told"),
    [(["1.1.1.1"], "ok", ""), (["10.0.0.7"], "note", "only this machine"), ([], "note", "does not resolve")],
)
async def test_the_public_address_is_looked_at(answers: list[str], level: str, told: str) -> None:
    """By what its name resolves to: vendors are told it only where they can reach it."""

    async def resolve(_host: str, _port: int) -> list[str]:
        return answers

    settings = Settings.model_validate({"WZRD_PUBLIC_URL": "https://studio.example.org"})
    (found,) = await check_public_name(settings, PublicNames(resolve))
    assert (found.level, told in found.detail, bool(found.remedy)) == (level, True, level == "note")


VEO = "fal-ai/veo3.1"
NEWER = {
    "type": "object",
    "properties": {
        "prompt": {"type": "string"},
        "duration": {"enum": ["4s", "6s", "8s", "12s"], "default": "8s"},
        "camera": {"type": "string", "minLength": 1},
    },
    "required": ["prompt", "camera"],
}


@pytest.fixture
async def platform(home: Path, fakes: Fakes, monkeypatch: pytest.MonkeyPatch) -> Fakes:
    """The platform API of fal is the fake's; there is no key."""
    monkeypatch.setenv("FAL_API_URL", fakes.environment()["FAL_API_URL"])
    monkeypatch.delenv("FAL_KEY", raising=False)
    return fakes


async def test_schemas_that_are_as_fal_tells_them(platform: Fakes) -> None:
    """One line, exit code 0; of which fal tells nothing is told."""
    told = await wzrd("doctor", "--schemas")
    assert (told.code, told.err) == (0, "")
    untold, sound = told.lines
    assert "fal-ai/sonic" in untold
    assert sound == f"✓ {sum(find_schema('fal-ai', one) is not None for one in FAL)} schemas are as fal tells them"
    assert (await wzrd("doctor", "--schemas", "--json")).out == ""


async def test_a_schema_that_differs_is_told_field_by_field(platform: Fakes) -> None:
    """Exit code 1; each field with both sides, what this version has not and what fal has not; how it is adopted."""
    await platform.script(Behaviour(on="schemas", match=VEO, inputs=NEWER, times=0))
    told = await wzrd("doctor", "--schemas", "--json")
    assert told.code == 1
    rows = [json.loads(line) for line in told.lines]
    assert VEO in {row["model"] for row in rows}
    found = {row["field"]: (row["here"], row["there"]) for row in rows if row["model"] == VEO}
    assert found["duration"] == ("one of 4s, 6s, 8s, '8s' unless told", "one of 4s, 6s, 8s, 12s, '8s' unless told")
    assert found["camera"] == ("", "a text of at least 1 characters, needed")
    assert found["generate_audio"] == ("true or false, True unless told", "")
    told = await wzrd("doctor", "--schemas")
    assert f"✗ {VEO}: duration" in told.lines
    assert "tools.model_schemas live" in told.lines[-1]


async def test_fal_that_does_not_answer_is_an_error(platform: Fakes) -> None:
    """Its words and status; nothing is called sound."""
    await platform.script(Behaviour(on="schemas", status=429, text="slow down"))
    told = await wzrd("doctor", "--schemas")
    assert told.code not in {0, None}
    assert "429" in told.err
    assert "✓" not in told.out


async def test_wrong_use(site: CliStack) -> None:
    """No such user, no number of days."""
    assert (await site.wzrd("doctor", "--money", "--user", "nobody@example.org")).code != 0
    assert (await site.wzrd("doctor", "--money", "--days", "0")).code == 2


def test_a_command_of_prefects_says_which_variable_names_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Servers of one's own without a Prefect server: told before anything is asked."""
    for name, value in (("WZRD_HOME", str(tmp_path)), ("WZRD_DATABASE_URL", "postgresql://own")):
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    with pytest.raises(StackError, match="no Prefect server") as caught:
        prefect_stack()
    assert "PREFECT_API_URL" in caught.value.remedy
    monkeypatch.setenv("PREFECT_API_URL", "http://own:4200/api")
    assert prefect_stack().prefect_ui_url == "http://own:4200"
