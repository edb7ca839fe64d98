"""`wzrd catalog`: the models that there are, what each costs, and whether it can run here.

No provider is asked, but with --prices those that tell theirs.
"""

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from cyclopts import Parameter
from rich.table import Table
from rich.text import Text

from server.cli import DONE, UsageError
from server.cli.board import plural
from server.cli.caller import AsJson
from server.cli.context import home_of, read_settings, table_console
from server.stack.stored_credentials import known_keys
from wzrd.contracts.model_catalog import ListedModel
from wzrd.contracts.wire import dumps
from wzrd.domain.offline import ANIMATIC, Offline, describe_obstacle
from wzrd.models.catalog import MediaType, Model, ModelCatalog, load_catalog
from wzrd.models.catalog_query import CatalogQuery, matches, name_provider
from wzrd.models.generation_choice import Obstacle
from wzrd.models.price_cards import OWN, SHIPPED, PriceBook, PriceCard
from wzrd.models.price_cover import credits_needed
from wzrd.models.schemas.input_schemas import is_verified
from wzrd.models.text_targets import text_targets
from wzrd.providers.credentials import CREDENTIALS
from wzrd.providers.opening import open_providers

KINDS: Sequence[MediaType] = ("text", "image", "video", "audio", "3d", "json")
"""The order in which the table has them."""
UNVERIFIED = "?"
"""Mark of a model whose vendor's words of its inputs are not at hand."""
_SHORT = {"no_credentials": "no key", "unsupported_provider": "no adapter", "offline_always": "offline"}


async def catalog(
    *search: str,
    kind: MediaType | None = None,
    provider: str | None = None,
    runnable: Annotated[bool, Parameter(negative=(), show_default=False)] = False,
    prices: Annotated[bool, Parameter(negative=(), show_default=False)] = False,
    json_output: Annotated[bool, AsJson] = False,
) -> int:
    """List the models: id, kind, price of one generation, provider, and whether it can run with the keys that are here.

    Args:
        search: Words that must all be found: in the id, name, description, category, provider, price or aliases.
        kind: Only what makes this kind of thing.
        provider: Only this provider's.
        runnable: Only what can run here.
        prices: Show what each vendor asks in money, by which page and of which day, and what has no known price.
            fal is asked for its own where FAL_KEY is set; where those differ from the page, that is told.
        json_output: One model a line, as JSON; `obstacle` says why it cannot run here, `verified` whether its vendor's
            own words of its inputs are at hand; `priceCard` what it asks in money (null: unknown);
            `creditsNeeded` what would cover that at WZRD_CREDITS_PER_USD, where its credits do not.
    """
    known, settings = load_catalog(), read_settings()
    query = CatalogQuery(
        search=" ".join(search),
        media_type=kind,
        provider=None if provider is None else _provider(known, provider),
        include_advanced=True,
    )
    # A family is no id that could be asked for: people are shown it, scripts are not.
    listed = known.listed if json_output else (*known.listed, *known.families.values())
    providers = open_providers(settings, await known_keys(settings, home_of(settings)))
    obstacles = {one: find_obstacle(one, settings.offline, providers.obstacle) for one in listed if matches(one, query)}
    if prices and settings.offline != "always":
        await providers.learn_prices()
    await providers.aclose()
    book = PriceBook(providers.told_prices)
    shown = {one: why for one, why in obstacles.items() if why is None or not runnable}
    if json_output:
        for model, why in shown.items():
            print(dumps(_wire(model, why, settings.credits_per_usd, book)).decode())
        return DONE
    if shown:
        console = table_console()
        console.print(draw_prices(list(shown), book) if prices else draw(shown))
    warnings = _warn_of_prices(list(shown), settings.credits_per_usd, book)
    lines = _explain(known, query.search, obstacles, shown) + warnings
    print("\n".join(lines), file=sys.stderr)
    return DONE


def find_obstacle(model: Model, offline: Offline, obstacle: Obstacle) -> str | None:
    """Why the model itself cannot run here (`wzrd.domain.offline`), or None; that another may stand in is not asked."""
    if model.provider == ANIMATIC:
        return None
    if offline == "always":
        return "offline_always"
    asked = [one.provider for one in text_targets(model)] if model.media_type == "text" else [model.provider]
    found = [obstacle(name, model.media_type) for name in asked]
    return None if None in found else found[0]


def _provider(known: ModelCatalog, typed: str) -> str:
    name = name_provider(typed)
    names = {model.provider for model in (*known.listed, *known.families.values())}
    if name not in names:
        raise UsageError(f"no provider is called {typed!r}; there are {', '.join(sorted(names))}")
    return name


def _wire(model: Model, obstacle: str | None, rate: float | None, book: PriceBook) -> dict[str, Any]:
    card = _card_of(model, book)
    row = {
        **ListedModel.model_validate(model).wire(),
        "runnable": obstacle is None,
        "verified": is_verified(model),
        "priceCard": card.wire() if card else None,
    }
    if rate is not None and (needed := credits_needed(model, rate, book)) is not None:
        row["creditsNeeded"] = needed
    return row if obstacle is None else {**row, "obstacle": obstacle}


def draw(shown: Mapping[Model, str | None]) -> Table:
    """The models as a table, by kind; of each why it cannot run here, or None."""
    table = Table(box=None, pad_edge=False, show_edge=False, padding=(0, 1, 0, 0))  # ids are long, terminals are not
    table.add_column("MODEL", overflow="fold")
    for name in ("KIND", "CREDITS", "PROVIDER", "HERE"):
        table.add_column(name, no_wrap=True, justify="right" if name == "CREDITS" else "left")
    for model in sorted(shown, key=lambda one: KINDS.index(one.media_type)):
        why = shown[model]
        here = Text("yes", "green") if why is None else Text(_SHORT[why.partition(":")[0]], "yellow")
        provider = model.provider if is_verified(model) else f"{model.provider}{UNVERIFIED}"
        table.add_row(model.id, model.media_type, str(model.credits), provider, here)
    return table


def draw_prices(models: Sequence[Model], book: PriceBook = SHIPPED) -> Table:
    """The prices that vendors ask in money, each with its page; unknown where nobody has been seen to say it."""
    table = Table(box=None, pad_edge=False, show_edge=False, padding=(0, 1, 0, 0))
    for name, right in (("MODEL", False), ("CREDITS", True), ("MONEY", False), ("READ", False), ("PAGE", False)):
        table.add_column(name, overflow="fold", justify="right" if right else "left")
    for model in sorted(models, key=lambda one: KINDS.index(one.media_type)):
        card = _card_of(model, book)
        if model.provider in OWN:
            table.add_row(model.id, str(model.credits), "nothing", "", "")
        elif card is None:
            table.add_row(model.id, str(model.credits), Text("unknown", "yellow"), "", "")
        else:
            table.add_row(model.id, str(model.credits), card.text(), card.read, card.source)
    return table


def _card_of(model: Model, book: PriceBook) -> PriceCard | None:
    """The model's own card, or what its vendor has told of it."""
    cards = book.cards(model.provider, model.endpoint_id)
    return next((one for one in cards if one.model_id == model.id), next(iter(cards), None))


def describe_differences(book: PriceBook) -> list[str]:
    """The vendors' prices that are not those of their cards, if any were asked."""
    found = [f"{card.model_id}: {told.text()}, by its card {card.text()}" for card, told in book.differences()]
    return [f"not as on their cards: {plural(len(found), 'price')}", *found] if found else []


def _warn_of_prices(models: Sequence[Model], rate: float | None, book: PriceBook) -> list[str]:
    """The prices that differ from their cards, and the models whose credits do not cover a usual request."""
    if rate is None:
        return describe_differences(book)
    short = [(one, needed) for one in models if (needed := credits_needed(one, rate, book)) is not None]
    if not short:
        return describe_differences(book)
    head = f"{plural(len(short), 'model')} cost less here than at their vendors, at {rate:g} credits a dollar:"
    lines = (f"{model.credits:>5} of {needed:<5} {model.id}" for model, needed in short)
    return [*describe_differences(book), head, *lines]


def _explain(
    known: ModelCatalog, search: str, found: Mapping[Model, str | None], shown: Mapping[Model, str | None]
) -> list[str]:
    """Lines that say how many models were found, and what is in the way of those that cannot run."""
    if not found:
        near = known.nearest(search) if search else ()
        return ["no such model" + (f"; near it: {', '.join(near)}" if near else "")]
    if not shown:
        lines = [f"none of {plural(len(found), 'model')} can run here"]
    else:
        lines = ["", f"{plural(len(found), 'model')}, {sum(why is None for why in found.values())} can run here"]
    if unsure := sum(not is_verified(model) for model in shown):
        lines.append(f"{unsure:>5}  {UNVERIFIED} unverified: no words of their vendors on their inputs are at hand")
    reasons = Counter(why for why in found.values() if why is not None)
    return [*lines, *(f"{count:>5}  {_remedy(why)}" for why, count in reasons.most_common())]


def _remedy(obstacle: str) -> str:
    match obstacle.partition(":"):
        case "no_credentials", _, provider if not CREDENTIALS[provider].keyless:
            return f"no key of {provider}: set {CREDENTIALS[provider].variable}"
        case "offline_always", _, _:
            return "WZRD_OFFLINE=always lets nothing be sent"
        case _:
            return describe_obstacle(obstacle)
