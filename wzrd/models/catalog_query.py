"""Lists of the catalog: which models a query means, in which order, which page of them, and what it counted."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from wzrd.contracts.model_catalog import ProviderView
from wzrd.models.catalog import MEDIA_TYPES, Model

DEFAULT_GROUP = "generation"
"""The group that is meant where neither one is named nor the advanced models are asked for."""
_SPELLINGS = {"fal-ai": ("fal", "fal.ai", "fal_ai", "falai"), "gmi-cloud": ("gmi", "gmi cloud", "gmi_cloud")}
PROVIDER_ALIASES: Mapping[str, str] = MappingProxyType({one: of for of, some in _SPELLINGS.items() for one in some})
"""Other spellings of a provider, in lower case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogQuery:
    """Query for a list of models; None and empty mean all. `limit` is at least 1, `offset` at least 0."""

    category: str | None = None
    media_type: str | None = None
    ui_group: str | None = None
    provider: str | None = None
    workflow_types: tuple[str, ...] = ()
    studio_surface: str | None = None
    search: str = ""
    capabilities: tuple[str, ...] = ()
    limit: int | None = None
    offset: int = 0
    include_advanced: bool = False


@dataclass(frozen=True, slots=True)
class ModelPage:
    """The models of a page, and how many the query means in all."""

    models: tuple[Model, ...]
    total: int

    @property
    def categories(self) -> list[str]:
        """Those of the page, each once, in its order."""
        return list(dict.fromkeys(model.category for model in self.models))


def name_provider(spelling: str) -> str:
    """The provider's id, of any spelling of it."""
    lowered = spelling.strip().lower()
    return PROVIDER_ALIASES.get(lowered, lowered)


def select(models: Sequence[Model], query: CatalogQuery) -> ModelPage:
    """The page of `models` that the query means, in their order."""
    meant = [model for model in models if matches(model, query)]
    end = None if query.limit is None else query.offset + query.limit
    return ModelPage(tuple(meant[query.offset : end]), len(meant))


def matches(model: Model, query: CatalogQuery) -> bool:
    """True if the model matches the query."""
    group = query.ui_group or (None if query.include_advanced else DEFAULT_GROUP)
    return (
        query.category in {None, model.category}
        and query.media_type in {None, model.media_type}
        and group in {None, model.ui_group}
        and (query.provider is None or name_provider(query.provider) == model.provider)
        and (not query.workflow_types or model.workflow_type in query.workflow_types)
        and (query.studio_surface is None or query.studio_surface in model.studio_surfaces)
        and set(query.capabilities).issubset(model.supports)
        and (not query.search or _is_found(model, query.search.lower().split()))
    )


def _is_found(model: Model, words: Sequence[str]) -> bool:
    text = _searched(model)
    return all(word in text for word in words)


@cache
def _searched(model: Model) -> str:
    """Everything of a model that a search looks through, in lower case.

    Its words suffice: a needle that stands in it whole stands in it in words, too.
    """
    names = (model.id, model.endpoint_id, model.name, model.description, model.category, *model.aliases)
    return " ".join((*names, model.provider, model.provider_label, model.pricing_text)).lower()


def count_providers(models: Sequence[Model], query: CatalogQuery) -> list[ProviderView]:
    """Per provider, fal-ai first, then by name: what there is, and what of it the query shows."""
    providers = sorted({model.provider for model in models}, key=lambda name: (name != "fal-ai", name))
    return [_count(name, [model for model in models if model.provider == name], query) for name in providers]


def _count(provider: str, models: Sequence[Model], query: CatalogQuery) -> ProviderView:
    studio = {f"studio:{media}" for media in MEDIA_TYPES}
    counts = {
        "provider": provider,
        "total": len(models),
        "visible_for_request": sum(matches(model, query) for model in models),
        "missing_studio_surface": sum(studio.isdisjoint(model.studio_surfaces) for model in models),
        "by_media_type": Counter(model.media_type for model in models),
        "by_ui_group": Counter(model.ui_group for model in models),
    }
    return ProviderView.model_validate(counts)
