"""model-catalog on the wire: what a list is asked for, and a model in the two documented spellings."""

import math
from collections.abc import Mapping
from typing import Annotated, Any, TypeAlias, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, RootModel

from wzrd.contracts.wire import WireModel

MAX_TEXT, MAX_LIST, MAX_NUMBER = 200, 64, 1_000_000


def _words(value: object) -> object:
    """A list, or texts with commas between the words, as the words."""
    given = cast("list[object]", value if isinstance(value, list) else [value])
    if not all(isinstance(one, str) for one in given):
        return cast("object", value)
    return [word for one in given for word in map(str.strip, str(one).split(",")) if word]


def _floored(value: object) -> int | None:
    """A number, also as text, without its fraction; whatever is no number means none, as the original reads it."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return math.floor(max(-MAX_NUMBER, min(number, MAX_NUMBER))) if math.isfinite(number) else None


def _switch(value: object) -> object:
    """`true` and `1`, as text or as themselves, are on; other texts and numbers are off."""
    return str(value).lower() in {"true", "1"} if isinstance(value, str | int | float) else value


Value: TypeAlias = str | int | float | bool
Text = Annotated[str | None, Field(max_length=MAX_TEXT)]
Words = Annotated[
    tuple[Annotated[str, Field(max_length=MAX_TEXT)], ...], BeforeValidator(_words), Field(max_length=MAX_LIST)
]
Number = Annotated[int | None, BeforeValidator(_floored)]
Switch = Annotated[bool, BeforeValidator(_switch)]


class CatalogRequest(BaseModel, frozen=True):
    """Query for a list, or one model (`id`); `includeAdvanced` is read as `include_advanced`."""

    model_config = ConfigDict(extra="ignore", defer_build=True)

    id: Text = None
    category: Text = None
    media_type: Text = None
    ui_group: Text = None
    provider: Text = None
    workflow_type: Text = None
    workflow_types: Words = ()
    studio_surface: Text = None
    search: Text = None
    capabilities: Words = ()
    limit: Number = None
    offset: Number = None
    include_advanced: Switch = False
    diagnostics: Switch = False
    studio: Text = None


class CatalogBody(CatalogRequest, frozen=True):
    """Query by POST; `params` is a URL-encoded text of the fields, which counts before the other fields."""

    params: str | None = None


LISTS = frozenset({"workflow_types", "capabilities"})
"""The parameters that may be given several times."""
PARAMETERS = frozenset(CatalogRequest.model_fields) | {"includeAdvanced", "kanvas_studio", "kanvas_mode"}
"""Every parameter of the documented client; a GET without any of them is answered by the bare array."""


def _options(given: object) -> object:
    """(label, value) pairs as the wire's objects; none at all is an absent key."""
    if not isinstance(given, tuple):
        return given
    return [{"label": label, "value": value} for label, value in cast("tuple[tuple[str, Value], ...]", given)] or None


class ControlView(BaseModel):
    """One setting that a front end may offer; absent keys have no value."""

    model_config = ConfigDict(from_attributes=True, defer_build=True)

    key: str
    label: str
    type: str
    default: Value | None = Field(default=None, serialization_alias="defaultValue")
    options: Annotated[list[dict[str, Value]] | None, BeforeValidator(_options)] = None
    min: int | float | None = None
    max: int | float | None = None
    step: int | float | None = None


class ModelView(BaseModel):
    """A model as the studio's client reads it, made of any object with these attributes.

    In snake_case; `credits` is a number, `ui_group` always there.
    """

    model_config = ConfigDict(from_attributes=True, defer_build=True)

    id: str
    name: str
    description: str
    category: str
    media_type: str
    workflow_type: str
    ui_group: str
    supports: list[str]
    defaults: Mapping[str, Any]
    controls: list[ControlView]
    aliases: list[str]
    icon: str = Field(validation_alias="media_type")
    credits: int
    time: str
    provider: str
    provider_label: str
    endpoint_id: str
    pricing_text: str
    tags: list[str] = []
    vendor: str | None = None
    is_default: bool
    default_rank: int

    def wire(self) -> dict[str, Any]:
        """The model as JSON-ready values, without the keys that have no value."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


class ListedModel(WireModel):
    """A model as the documented bare array lists it, made of any object with these attributes."""

    model_config = ConfigDict(from_attributes=True, defer_build=True)

    id: str
    name: str
    provider: str
    credits: int
    media_type: str
    workflow_type: str


class Catalog(RootModel[list[ListedModel]]):
    """The documented bare array."""

    model_config = ConfigDict(defer_build=True)


class CatalogModel(BaseModel):
    """One model, asked for by its `id`."""

    model_config = ConfigDict(defer_build=True)

    model: ModelView


class ProviderView(WireModel):
    """A provider's share of the catalog, in `diagnostics`. No model of it is switched off."""

    provider: str
    provider_label: str = Field(validation_alias="provider")
    total: int
    enabled: int = Field(validation_alias="total")
    visible_for_request: int
    missing_studio_surface: int
    by_media_type: Mapping[str, int]
    by_ui_group: Mapping[str, int]


class Diagnostics(WireModel):
    """Diagnostics of a list: its request and what it was chosen from; `fal` is the row of fal-ai."""

    request: dict[str, Any]
    scanned: int
    providers: list[ProviderView]
    fal: ProviderView | None


class CatalogCounts(WireModel):
    """Counts beside a list of models. `total` counts before `limit`; `categories` are the page's."""

    total: int
    scanned: int
    categories: list[str]
    diagnostics: Diagnostics | None = None

    def wire(self) -> dict[str, Any]:
        """The counts, without diagnostics where there are none."""
        without = {"diagnostics"} if self.diagnostics is None else None
        return self.model_dump(mode="json", by_alias=True, exclude=without)


class CatalogPage(CatalogCounts):
    """A list of models as the studio's client reads it."""

    models: list[ModelView]
