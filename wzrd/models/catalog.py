"""The model catalog: what models exist, what each costs, how an id is looked up. The facts lie in data/models.jsonl.

One model a line, every value checked; an absent key means the default of `Model`. A line whose id ends in `/*` is a
family: any well-formed id below it is a model of that shape (Groq adds and retires models faster than a catalog can
follow).
"""

import difflib
import heapq
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from importlib.resources import files
from itertools import pairwise
from types import MappingProxyType
from typing import Annotated, Any, Literal, TypeAlias, cast, get_args

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError

from wzrd.domain.offline import ANIMATIC

MediaType = Literal["text", "image", "video", "audio", "json", "3d"]
Transport = Literal["chat_completion", "request_queue", "fal_queue", "direct_http", "local"]
UiGroup = Literal["generation", "advanced"]
ControlType = Literal["select", "number", "boolean"]
MEDIA_TYPES: frozenset[str] = frozenset(get_args(MediaType))
_FILE = "data/models.jsonl"
_MEMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/:-]{0,119}")
_NEAREST, _LIKENESS, _COMPARED, _LIKELY = 3, 0.5, 80, 30


@lru_cache(4096)
def _pairs(text: str) -> frozenset[tuple[str, str]]:
    return frozenset(pairwise(text))


def _shared(one: str, other: str) -> float:
    """Share of the pairs of letters of two texts that both have."""
    return len(_pairs(one) & _pairs(other)) / (len(_pairs(one)) + len(_pairs(other)) or 1)


def _check_text(value: str) -> str:
    if not value or not value.isprintable() or value != value.strip():
        raise ValueError("must be a text without spaces around it")
    return value


def _check_different(values: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(values)) < len(values):
        raise ValueError("must be different texts")
    return values


def _pair(given: Any) -> tuple[Any, Any]:
    """An option as the file writes it: [label, value], or a value that is its own label."""
    pair = cast("list[Any]", given) if isinstance(given, list) else [str(given), given]
    if len(pair) != 2:
        raise ValueError("an option is a value or [label, value]")
    return pair[0], pair[1]


_Text: TypeAlias = Annotated[str, AfterValidator(_check_text)]
_Texts: TypeAlias = Annotated[tuple[_Text, ...], AfterValidator(_check_different)]
_Whole: TypeAlias = Annotated[int, Field(ge=0, lt=2**31)]
_Number: TypeAlias = int | float
_Option: TypeAlias = Annotated[tuple[_Text, str | int | float | bool], BeforeValidator(_pair)]
_Settings: TypeAlias = Annotated[Mapping[_Text, str | int | float | bool], AfterValidator(MappingProxyType)]
_READ = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)


@dataclass(frozen=True, slots=True)
class Control:
    """One setting a front end may offer. `options` are (label, value) pairs; `default` None means none."""

    __pydantic_config__ = _READ

    key: _Text
    label: _Text
    type: ControlType
    default: str | int | float | bool | None = None
    options: tuple[_Option, ...] = ()
    min: _Number | None = None
    max: _Number | None = None
    step: _Number | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be shown: a default that is no option, no number within the bounds, or no flag."""
        values = [value for _, value in self.options]
        if (self.type == "select") != bool(values):
            raise ValueError("a select has options, and nothing else has")
        match self.type:
            case "select":
                fits = self.default in values
            case "number":
                low = -math.inf if self.min is None else self.min
                high = math.inf if self.max is None else self.max
                if low > high or (self.step is not None and self.step <= 0):
                    raise ValueError(f"no number lies from {self.min} to {self.max} in steps of {self.step}")
                fits = not isinstance(self.default, str | bool | None) and low <= self.default <= high
            case "boolean":
                fits = isinstance(self.default, bool)
        if self.default is not None and not fits:
            raise ValueError(f"default {self.default!r} is none of its values")


@dataclass(frozen=True, slots=True)
class Model:
    """One model. `credits` is the price of one generation; `endpoint_id` is the name the provider knows it by."""

    __pydantic_config__ = _READ

    id: _Text
    name: _Text
    provider: _Text
    media_type: MediaType
    workflow_type: _Text
    credits: _Whole
    category: _Text
    endpoint_id: _Text = ""
    transport: Transport = "fal_queue"
    ui_group: UiGroup = "generation"
    description: _Text = ""
    vendor: _Text = ""  # who made it, where that is not who serves it
    time: _Text = "~30s"  # how long it takes, as people are told
    supports: _Texts = ()  # inputs it understands
    payload_keys: _Texts = ()  # the only keys its payload may carry; empty: any
    requires_assets: _Texts = ()  # kinds of reference it cannot do without
    aliases: _Texts = ()
    studio_surfaces: _Texts = ()  # absent: those of its media type
    is_default: bool = False
    default_rank: _Whole = 1000
    sort_rank: _Whole = 1000
    defaults: _Settings = field(default_factory=lambda: MappingProxyType({}), hash=False)
    controls: tuple[Control, ...] = ()

    @property
    def rank(self) -> tuple[bool, int, int, str]:
        """The order of preference among models that an alias may mean; the smallest wins."""
        return (not self.is_default, self.default_rank, self.sort_rank, self.id)

    @property
    def provider_label(self) -> str:
        """Whose name people are shown: who made it, else who serves it."""
        return self.vendor or self.provider

    @property
    def pricing_text(self) -> str:
        """The price in words."""
        return "free" if self.credits == 0 else "1 credit" if self.credits == 1 else f"{self.credits} credits"


_MODEL = TypeAdapter(Model)


def _read_model(line: bytes | str) -> Model:
    """The model that a line of the catalog describes.

    Raises:
        ValueError: it is no JSON object, lacks a field, has one that we do not know, or a value that cannot be.
    """
    try:
        model = _MODEL.validate_json(line)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise ValueError(f"{where}: {first['msg'].removeprefix('Value error, ')}, not {first['input']!r:.60}") from None
    if (model.credits == 0) != (model.provider == ANIMATIC):
        raise ValueError(f"credits must be at least 1, and 0 for {ANIMATIC} alone, not {model.credits}")
    if unknown := sorted(set(model.requires_assets) - MEDIA_TYPES):
        raise ValueError(f"requires_assets names no kind of media: {', '.join(unknown)}")
    keys = [control.key for control in model.controls]
    if len(set(keys)) < len(keys):
        raise ValueError(f"two controls have one key: {', '.join(keys)}")
    surfaces = model.studio_surfaces or (f"studio:{model.media_type}",)
    return replace(model, endpoint_id=model.endpoint_id or model.id, studio_surfaces=surfaces)


@dataclass(frozen=True, slots=True)
class ModelCatalog:
    """Every model by id, which model each alias means, and the families by prefix. Built once, never changed.

    `listed` is every model in the order in which lists show them.
    """

    models: Mapping[str, Model]
    by_alias: Mapping[str, Model]
    families: Mapping[str, Model]
    listed: tuple[Model, ...]

    def find(self, model_id: str) -> Model | None:
        """The model that `model_id` names: an exact id, else the best ranked alias, else a member of a family."""
        return self.models.get(model_id) or self.by_alias.get(model_id) or self._member(model_id)

    def get(self, model_id: str) -> Model | None:
        """The model whose own id this is, families included; aliases do not count."""
        return self.models.get(model_id) or self._member(model_id)

    def nearest(self, model_id: str) -> tuple[str, ...]:
        """Up to three ids that look most like one that is in no catalog, the likeliest first."""
        spellings = {model_id: model_id for model_id in self.models}
        for model in reversed(self.listed):
            spellings |= dict.fromkeys((model.id.partition("/")[2], model.name.lower(), *model.aliases), model.id)
        wanted = model_id[:_COMPARED].lower()
        likely = heapq.nlargest(_LIKELY, spellings, key=lambda one: _shared(wanted, one))  # all would take too long
        close = difflib.get_close_matches(wanted, likely, n=2 * _NEAREST, cutoff=_LIKENESS)
        return tuple(dict.fromkeys(spellings[one] for one in close))[:_NEAREST]

    def _member(self, model_id: str) -> Model | None:
        for prefix, family in self.families.items():
            member = model_id.removeprefix(prefix)
            if member != model_id and _MEMBER.fullmatch(member):
                return replace(family, id=model_id, name=member, endpoint_id=member)
        return None


def parse_catalog(lines: bytes) -> ModelCatalog:
    """The catalog written in `lines`, one JSON object a line.

    Raises:
        ValueError: a line describes no model, or one whose id there is already; the message names the line.
    """
    models: dict[str, Model] = {}
    for number, line in enumerate(lines.splitlines(), start=1):
        try:
            model = _read_model(line)
        except ValueError as error:
            raise ValueError(f"the model catalog, line {number}: {error}") from None
        if models.setdefault(model.id, model) is not model:
            raise ValueError(f"the model catalog, line {number}: two models have the id {model.id}")
    families = {model_id[:-1]: models.pop(model_id) for model_id in list(models) if model_id.endswith("/*")}
    by_alias: dict[str, Model] = {}
    for model in sorted(models.values(), key=lambda model: model.rank):
        for alias in model.aliases:
            by_alias.setdefault(alias, model)
    listed = sorted(models.values(), key=lambda m: (not m.is_default, m.default_rank, m.sort_rank, m.name, m.id))
    return ModelCatalog(MappingProxyType(models), MappingProxyType(by_alias), MappingProxyType(families), tuple(listed))


@cache
def load_catalog() -> ModelCatalog:
    """The shipped catalog, read on first use and kept.

    Raises:
        ValueError: as `parse_catalog`.
    """
    return parse_catalog(files("wzrd.models").joinpath(_FILE).read_bytes())


def find_model(model_id: str) -> Model | None:
    """The model that `model_id` names in the shipped catalog (see `ModelCatalog.find`), or None."""
    return load_catalog().find(model_id)


def price_of(model: Model) -> int:
    """Price of one generation, in whole credits: the price shown is the price charged. Only animatic mode is free."""
    return model.credits
