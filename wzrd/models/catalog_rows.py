"""One row of the catalog: what a model is, and how its line is read, every value checked."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Annotated, Any, Literal, TypeAlias, cast, get_args

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError

from wzrd.domain.offline import ANIMATIC

MediaType = Literal["text", "image", "video", "audio", "json", "3d"]
Transport = Literal["chat_completion", "request_queue", "fal_queue", "direct_http", "local"]
UiGroup = Literal["generation", "advanced"]
ControlType = Literal["select", "number", "boolean"]
Scalar: TypeAlias = str | float | bool
MEDIA_TYPES: frozenset[str] = frozenset(get_args(MediaType))


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


def read_model(line: bytes | str) -> Model:
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
