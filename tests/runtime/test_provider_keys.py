"""Keys that change while a process lives: read anew, at once after a refusal, and never lost to an outage."""

import asyncio

from pydantic import SecretStr

from server.fakes import Fakes
from tests.waiting import let_others_run, until
from wzrd.domain.submission import Target
from wzrd.models.price_cards import PriceBook
from wzrd.providers.credentials import Keys
from wzrd.runtime.provider_keys import IDLE_SECONDS, LEAST_SECONDS, KeyRefresh, keep_providers
from wzrd.settings import Settings

SETTINGS = Settings.model_validate({"GROQ_API_KEY": "gsk_environment", "WZRD_CHAT_BASE_URL": "http://127.0.0.1:9/v1"})


class Kept:
    """Where keys are kept; a test changes them."""

    def __init__(self, **keys: str) -> None:
        self.keys: dict[str, str] | None = keys
        self.readings = 0

    async def __call__(self) -> Keys | None:
        self.readings += 1
        await let_others_run()
        return None if self.keys is None else {name: SecretStr(key) for name, key in self.keys.items()}


def forget_when(refresh: KeyRefresh) -> None:
    """The next refusal reads again, as it would a second later."""
    refresh._began_at = None


async def test_kept_keys_stand_before_the_environments() -> None:
    """Kept keys add to the environment's, key by key; who needs no key is asked without one."""
    async with keep_providers(SETTINGS, Kept(openai="sk-kept")) as providers:
        for name in ("groq", "openai", "local"):
            assert providers.obstacle(name, "text") is None
        assert providers.obstacle("gemini", "text") == "no_credentials:gemini"


async def test_a_changed_key_changes_its_own_adapter_alone() -> None:
    """The others keep adapter and limits; a key that is gone is gone; one that came opens its provider."""
    kept = Kept(openai="sk-1")
    refresh = KeyRefresh(SETTINGS, kept)
    await refresh.renew()
    groq, openai = refresh.providers.find("groq", "text"), refresh.providers.find("openai", "text")
    kept.keys = {"openai": "sk-2", "gemini": "g"}
    forget_when(refresh)
    await refresh.renew()
    assert refresh.providers.find("groq", "text") is groq
    assert refresh.providers.find("openai", "text") is not openai
    assert refresh.providers.obstacle("gemini", "text") is None
    kept.keys = {}
    forget_when(refresh)
    await refresh.renew()
    assert refresh.providers.obstacle("openai", "text") == "no_credentials:openai"
    await refresh.providers.aclose()


async def test_an_outage_takes_no_key_away() -> None:
    """Where keys cannot be read those known go on; at first the environment's count."""
    kept = Kept(openai="sk-1")
    refresh = KeyRefresh(SETTINGS, kept)
    await refresh.renew()
    kept.keys = None
    forget_when(refresh)
    await refresh.renew()
    assert refresh.providers.obstacle("openai", "text") is None
    await refresh.providers.aclose()
    async with keep_providers(SETTINGS, kept) as providers:
        assert (providers.obstacle("groq", "text"), providers.obstacle("openai", "text")) == (
            None,
            "no_credentials:openai",
        )


async def test_a_reading_that_began_before_the_change_is_no_answer() -> None:
    """A slow reading is under way when the key changes: who asks after that reads once more."""
    kept = Kept(openai="sk-1")
    begun, let = asyncio.Event(), asyncio.Event()

    async def slow() -> Keys | None:
        keys = await kept()
        begun.set()
        await let.wait()
        return keys

    refresh = KeyRefresh(SETTINGS, slow)
    first = asyncio.create_task(refresh.renew())
    await begun.wait()
    await asyncio.sleep(LEAST_SECONDS)  # the keys' own clock
    kept.keys = {"openai": "sk-2", "gemini": "g"}
    second = asyncio.create_task(refresh.renew())
    await let_others_run()
    let.set()
    await asyncio.gather(first, second)
    assert kept.readings == 2
    assert refresh.providers.obstacle("gemini", "text") is None
    await refresh.providers.aclose()


async def test_a_crowd_that_is_refused_reads_once() -> None:
    """Fifty at once are one reading, and the call under way through an old adapter goes on."""
    kept = Kept(openai="sk-1")
    refresh = KeyRefresh(SETTINGS, kept)
    await refresh.renew()
    forget_when(refresh)
    async with refresh.providers.admit(Target("openai", "m"), "text", seconds=1):
        kept.keys = {"openai": "sk-2"}
        await asyncio.gather(*(refresh.providers.renew() for _ in range(50)))
    assert kept.readings == 2
    await refresh.providers.aclose()


async def test_keys_that_nobody_asks_for_are_read_seldom() -> None:
    """A process in which nothing asks for a provider reads them each half minute; one that does, at the next tick."""
    refresh = KeyRefresh(SETTINGS, Kept())
    await refresh.renew()
    refresh.providers.was_asked = False
    assert not refresh._is_due()
    refresh.providers.obstacle("groq", "text")
    assert refresh._is_due()
    refresh.providers.was_asked = False
    assert refresh._began_at is not None
    refresh._began_at -= IDLE_SECONDS
    assert refresh._is_due()
    await refresh.providers.aclose()


async def test_the_prices_of_whoever_tells_them_are_learned(fakes: Fakes) -> None:
    """fal's, from the beginning and in the background; with WZRD_OFFLINE=always nobody is asked."""
    target = Target("fal-ai", "fal-ai/sadtalker")
    given = {**fakes.environment(), "FAL_KEY": "k:s"}
    async with keep_providers(Settings.model_validate({**given, "WZRD_OFFLINE": "always"}), Kept()) as providers:
        await let_others_run()
        assert not providers.told_prices
        await providers.learn_prices()  # it could have been
        assert providers.told_prices[target].unit == "compute seconds"
    async with keep_providers(Settings.model_validate(given), Kept()) as providers:
        await until(lambda: target in providers.told_prices)
        assert len(providers.told_prices) >= 150
        assert PriceBook(providers.told_prices).differences() == []
