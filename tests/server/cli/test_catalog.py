"""`wzrd catalog`: what there is, what it costs, what can run here and why not; no key shown."""

import asyncio
import io
import json
import sys
from pathlib import Path
from typing import cast

import pytest
from rich.console import Console

from server.cli.catalog import draw, find_obstacle
from server.fakes import Behaviour, Fakes
from server.stack.environment import ROOT
from tests.fakes.prefect import prefect_server
from tests.server.cli.conftest import wzrd
from wzrd.domain.offline import ANIMATIC, name_obstacle
from wzrd.models.catalog import load_catalog
from wzrd.models.schemas.input_schemas import is_verified
from wzrd.providers.credentials import CREDENTIALS, KEY_FIELD

ALL = len(load_catalog().listed)
FAMILIES = len(load_catalog().families)
KEY = "secret-of-forty-characters-and-no-fewer-1"


@pytest.fixture(autouse=True)
def bare(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home in which nothing runs, and an environment without any key."""
    for row in CREDENTIALS.values():
        monkeypatch.delenv(row.variable, raising=False)
    for name in ("WZRD_CHAT_BASE_URL", "WZRD_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    return home


async def rows(*arguments: str) -> dict[str, dict[str, object]]:
    """Rows that `--json` prints, by id."""
    ended = await wzrd("catalog", *arguments, "--json")
    assert (ended.code, ended.err) == (0, "")
    read = [json.loads(line) for line in ended.lines]
    return {row["id"]: row for row in read}


async def test_a_key_in_prefects_block_alone_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """As for workers and API; and where Prefect does not answer, the environment's count, in bounded time."""
    async with prefect_server() as prefect:
        prefect.blocks[CREDENTIALS["fal-ai"].block] = {KEY_FIELD: KEY}
        monkeypatch.setenv("PREFECT_API_URL", prefect.url)
        assert (await rows("flux"))["fal-ai/flux/dev"]["runnable"] is True
    assert (await rows("flux"))["fal-ai/flux/dev"]["runnable"] is False


async def test_it_lists_every_model() -> None:
    """One line each after the titles, families too, by kind; the rest is told on stderr."""
    ended = await wzrd("catalog")
    titles, *lines = ended.lines
    assert titles.split() == ["MODEL", "KIND", "CREDITS", "PROVIDER", "HERE"]
    assert len(lines) == ALL + FAMILIES
    assert list(dict.fromkeys(line.split()[1] for line in lines)) == ["text", "image", "video", "audio", "3d", "json"]
    dev = next(line.split() for line in lines if line.startswith("fal-ai/flux/dev "))
    assert dev == ["fal-ai/flux/dev", "image", "5", "fal-ai", "no", "key"]
    animatic = [line.split() for line in lines if line.startswith("animatic/")]
    assert [(words[2], words[4]) for words in animatic] == [("0", "yes")] * 4
    unsure = {line.split()[0] for line in lines if line.split()[3].endswith("?")}
    assert unsure == {one.id for one in load_catalog().listed if not is_verified(one)}
    assert f"{len(unsure):>5}  ? unverified" in ended.err
    assert f"{ALL + FAMILIES} models, 4 can run here" in ended.err
    for variable in ("FAL_KEY", "GMI_CLOUD_API_KEY", "LOVABLE_API_KEY", "GROQ_API_KEY", "WZRD_CHAT_BASE_URL"):
        assert f"set {variable}" in ended.err


async def test_json_is_one_model_a_line() -> None:
    """The documented fields, and whether it can run here; families are no ids, and left out."""
    read = await rows()
    assert set(read) == {model.id for model in load_catalog().listed}
    card = cast("dict[str, str]", read["fal-ai/flux/dev"].pop("priceCard"))
    assert (card["price"], card["unit"]) == ("$0.025 a megapixel", "megapixel")
    assert card["source"].startswith("https://")
    assert read["fal-ai/sonic"]["priceCard"] is None
    assert read["fal-ai/flux/dev"] == {
        "id": "fal-ai/flux/dev",
        "name": "FLUX Dev",
        "provider": "fal-ai",
        "credits": 5,
        "mediaType": "image",
        "workflowType": "text-to-image",
        "runnable": False,
        "verified": True,
        "obstacle": "no_credentials:fal-ai",
    }
    assert not read["fal-ai/sonic"]["verified"]
    assert (read["animatic/image"]["runnable"], "obstacle" in read["animatic/image"]) == (True, False)


async def test_prices_in_money() -> None:
    """Each model with its vendor's price, its page and its day; what nobody has published is said to be unknown."""
    lines = {line.split()[0]: line for line in (await wzrd("catalog", "--prices", "--kind", "video")).lines[1:]}
    assert "$0.20 to $0.60 a second" in lines["fal-ai/veo3.1"]
    assert "2026-11-28 https://fal.ai/models/fal-ai/veo3.1/llms.txt" in lines["fal-ai/veo3.1"]
    assert lines["fal-ai/sonic"].split()[1:] == ["18", "unknown"]
    assert lines["animatic/video"].split()[1:] == ["0", "nothing"]


async def test_words_and_filters() -> None:
    """All words must be found; kind and provider (in any spelling) narrow it; what is hidden elsewhere is shown."""
    found = await rows("kling", "IMAGE", "--kind", "video", "--provider", "FAL.ai")
    assert found
    for model_id, row in found.items():
        assert "kling" in model_id
        assert (row["mediaType"], row["provider"]) == ("video", "fal-ai")
    assert set(await rows("kling image")) == set(await rows("image", "kling")) > set(found)
    assert set(await rows("--kind", "3d", "--provider", "fal")) == {"fal-ai/trellis/multi"}
    advanced = {model.id for model in load_catalog().listed if model.ui_group == "advanced"}
    assert advanced <= set(await rows())


async def test_a_key_opens_what_its_provider_makes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one table of credentials decides; a blank key is none, and no key is ever printed."""
    monkeypatch.setenv("FAL_KEY", KEY)
    monkeypatch.setenv("GROQ_API_KEY", " ")
    ended = await wzrd("catalog", "--runnable")
    assert {line.split()[3].rstrip("?") for line in ended.lines[1:]} == {"fal-ai", ANIMATIC}
    assert KEY not in ended.out + ended.err
    read = await rows()
    assert all(row["runnable"] == (row["provider"] in {"fal-ai", ANIMATIC}) for row in read.values())
    assert set(await rows("--runnable")) == {name for name, row in read.items() if row["runnable"]}


async def test_a_malformed_key_opens_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is no key, and not shown."""
    monkeypatch.setenv("FAL_KEY", "a b\x07c")
    ended = await wzrd("catalog", "flux", "--json")
    assert '"runnable":true' not in ended.out
    assert "b\x07c" not in ended.out + ended.err


async def test_the_makers_key_serves_the_gateways_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """A text model of Google's at the gateway can be had with Gemini's key; OpenAI's cannot."""
    monkeypatch.setenv("GEMINI_API_KEY", KEY)
    read = await rows("--provider", "lovable-ai")
    assert {row["runnable"] for name, row in read.items() if name.startswith("google/")} == {True}
    assert {row["runnable"] for name, row in read.items() if not name.startswith("google/")} == {False}


async def test_a_server_of_ones_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """An address is enough."""
    monkeypatch.setenv("WZRD_CHAT_BASE_URL", "http://127.0.0.1:9/v1")
    assert (await wzrd("catalog", "--provider", "local")).lines[1].split() == ["local/*", "text", "1", "local", "yes"]


async def test_offline_always_lets_nothing_be_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever keys there are."""
    monkeypatch.setenv("WZRD_OFFLINE", "always")
    monkeypatch.setenv("FAL_KEY", KEY)
    assert set(await rows("--runnable")) == {f"animatic/{kind}" for kind in ("text", "image", "video", "audio")}
    assert "WZRD_OFFLINE=always" in (await wzrd("catalog", "flux")).err


async def test_nothing_found() -> None:
    """Done, with nothing on stdout; a slip of the pen is told its neighbours."""
    slip = await wzrd("catalog", "schnel1")
    assert (slip.code, slip.out) == (0, "")
    assert slip.err.startswith("no such model")
    near = await wzrd("catalog", "fal-ai/flux/shnell")
    assert "fal-ai/flux/schnell" in near.err
    none = await wzrd("catalog", "--runnable", "--provider", "gmi")
    assert (none.code, none.out) == (0, "")
    assert "none of" in none.err
    assert "set GMI_CLOUD_API_KEY" in none.err
    assert (await wzrd("catalog", "~" * 100_000)).code == 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--kind", "film"), '"video", "audio"'),
        (("--provider", "nobody"), "fal-ai, gmi-cloud"),
        (("--provider", ""), "fal-ai, gmi-cloud"),
        (("--limit", "3"), "--limit"),
    ],
)
async def test_wrong_use(arguments: tuple[str, ...], told: str) -> None:
    """Code 2, and what there is is named."""
    ended = await wzrd("catalog", *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert told in ended.err


@pytest.mark.parametrize("width", [80, 100])
def test_it_fits_a_terminal(width: int) -> None:
    """No line is longer, no value is cut, and at 80 columns fewer than ten ids need a second line."""
    models = (*load_catalog().listed, *load_catalog().families.values())
    obstacles = {
        model: find_obstacle(model, "auto", lambda name, _: name_obstacle(name, has_key=False)) for model in models
    }
    out = io.StringIO()
    Console(file=out, width=width, highlight=False).print(draw(obstacles))
    lines = out.getvalue().splitlines()
    assert max(map(len, lines)) <= width
    assert len(lines) - 1 - len(models) < (10 if width == 80 else 1)
    assert "…" not in out.getvalue()


async def test_nothing_turns_a_terminals_line_round() -> None:
    """Whatever a command prints, words of its user among them: here the name of a file that is not there."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "server.cli", "graph", "fil\u202em\u2066.json"),
        cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, told = await process.communicate()
    assert (out, "film.json" in told.decode()) == (b"", True), told


async def test_a_reader_may_have_had_enough() -> None:
    """A pipe that nobody reads from any more: no traceback, and code 1."""
    command = f"{sys.executable} -m server.cli catalog --json | true; exit ${{PIPESTATUS[0]}}"
    process = await asyncio.create_subprocess_exec(
        "bash", "-c", command, cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    assert (await process.communicate(), process.returncode) == ((b"", b""), 1)


async def test_fals_own_prices_are_asked_for(fakes: Fakes, monkeypatch: pytest.MonkeyPatch) -> None:
    """With its key `--prices` shows what fal tells of models without a card; refused, or offline, the cards stand."""
    for name, value in {**fakes.environment(), "FAL_KEY": "k:s"}.items():
        monkeypatch.setenv(name, value)
    told = (await rows("sadtalker", "--prices"))["fal-ai/sadtalker"]["priceCard"]
    assert cast("dict[str, str]", told)["price"] == "$0.00111 a compute second"
    assert (await rows("sadtalker"))["fal-ai/sadtalker"]["priceCard"] is None, "nobody was asked"
    await fakes.script(Behaviour(on="prices", status=403, times=0))
    assert (await rows("sadtalker", "--prices"))["fal-ai/sadtalker"]["priceCard"] is None
    assert (await rows("flux/dev", "--prices"))["fal-ai/flux/dev"]["priceCard"]
    monkeypatch.setenv("WZRD_OFFLINE", "always")
    await fakes.reset()
    assert (await rows("sadtalker", "--prices"))["fal-ai/sadtalker"]["priceCard"] is None
