"""One row of the catalog: what a model is, and how its line is read, every value checked."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Generic, Literal, TypeAlias, TypeGuard, TypeVar, get_args

import orjson

from wzrd.domain.offline import ANIMATIC

MediaType = Literal["text", "image", "video", "audio", "json", "3d"]
Transport = Literal["chat_completion", "request_queue", "fal_queue", "direct_http", "local"]
UiGroup = Literal["generation", "advanced"]
ControlType = Literal["select", "number", "boolean"]
Scalar: TypeAlias = str | float | bool
MEDIA_TYPES: frozenset[str] = frozenset(get_args(MediaType))


@dataclass(frozen=True, slots=True)
class Control:
    """One setting a front end may offer. `options` are (label, value) pairs; `default` None means none."""

    key: str
    label: str
    type: ControlType
    default: Scalar | None
    options: tuple[tuple[str, Scalar], ...]
    min: float | None
    max: float | None
    step: float | None


@dataclass(frozen=True, slots=True)
class Model:
    """One model. `credits` is the price of one generation; `endpoint_id` is the name the provider knows it by."""

    id: str
    name: str
    provider: str
    media_type: MediaType
    workflow_type: str
    credits: int
    category: str
    endpoint_id: str
    transport: Transport
    ui_group: UiGroup
    description: str
    vendor: str  # who made it, where that is not who serves it
    time: str  # how long it takes, as people are told
    supports: tuple[str, ...]  # inputs it understands
    payload_keys: tuple[str, ...]  # the only keys its payload may carry; empty: any
    requires_assets: tuple[str, ...]  # kinds of reference it cannot do without
    aliases: tuple[str, ...]
    studio_surfaces: tuple[str, ...]
    is_default: bool
    default_rank: int
    sort_rank: int
    defaults: Mapping[str, Scalar] = field(hash=False)
    controls: tuple[Control, ...]

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


_T = TypeVar("_T")
_D = TypeVar("_D")


@dataclass(frozen=True, slots=True)
class _Rule(Generic[_T]):
    """Rule for a value, in words, and the check for it."""

    words: str
    holds: Callable[[object], TypeGuard[_T]]

    def read(self, row: dict[str, object], name: str) -> _T:
        """Take the value out of the row, which must have one.

        Raises:
            ValueError: it has none, or one of another kind.
        """
        value = row.pop(name, None)
        if value is None:
            raise ValueError(f"{name} missing")
        if not self.holds(value):
            raise ValueError(f"{name} must be {self.words}, not {str(value)[:60]!r}")
        return value

    def read_or(self, row: dict[str, object], name: str, default: _D) -> _T | _D:
        """Take the value out of a row that may have none, as `read`.

        Raises:
            ValueError: it has one of another kind.
        """
        return self.read(row, name) if name in row else default


def _is_text(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and bool(value) and value.isprintable() and value == value.strip()


def _is_whole(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_flag(value: object) -> TypeGuard[bool]:
    return isinstance(value, bool)


def _is_scalar(value: object) -> TypeGuard[Scalar]:
    return isinstance(value, str | int | float)


def _is_list(value: object) -> TypeGuard[list[object]]:
    return isinstance(value, list)


def _is_texts(value: object) -> TypeGuard[list[str]]:
    return _is_list(value) and all(map(_is_text, value)) and len(set(value)) == len(value)


def _is_object(value: object) -> TypeGuard[dict[str, object]]:
    return isinstance(value, dict)  # JSON's keys are texts


def _is_settings(value: object) -> TypeGuard[dict[str, Scalar]]:
    return _is_object(value) and all(_is_text(key) and _is_scalar(one) for key, one in value.items())


def _one_of(words: tuple[_T, ...]) -> _Rule[_T]:
    def holds(value: object) -> TypeGuard[_T]:
        return value in words

    return _Rule("one of " + ", ".join(map(str, words)), holds)


_TEXT = _Rule("a text without spaces around it", _is_text)
_WHOLE = _Rule("a whole number from 0", _is_whole)
_NUMBER = _Rule("a number", _is_number)
_TEXTS = _Rule("a list of different texts", _is_texts)
_FLAG = _Rule("true or false", _is_flag)
_LIST = _Rule("a list", _is_list)
_SCALAR = _Rule("a text, a number, true or false", _is_scalar)
_SETTINGS = _Rule("an object of texts, numbers, true and false", _is_settings)
_MEDIA_TYPE: _Rule[MediaType] = _one_of(get_args(MediaType))
_TRANSPORT: _Rule[Transport] = _one_of(get_args(Transport))
_UI_GROUP: _Rule[UiGroup] = _one_of(get_args(UiGroup))
_CONTROL_TYPE: _Rule[ControlType] = _one_of(get_args(ControlType))


def read_model(line: bytes | str) -> Model:
    """The model that a line of the catalog describes.

    Raises:
        ValueError: it is no JSON object, lacks a field, has one that we do not know, or a value that cannot be.
    """
    row: object = orjson.loads(line)
    if not _is_object(row):
        raise ValueError("a model is a JSON object")
    model_id, media_type = _TEXT.read(row, "id"), _MEDIA_TYPE.read(row, "media_type")
    model = Model(
        id=model_id,
        name=_TEXT.read(row, "name"),
        provider=_TEXT.read(row, "provider"),
        media_type=media_type,
        workflow_type=_TEXT.read(row, "workflow_type"),
        credits=_WHOLE.read(row, "credits"),
        category=_TEXT.read(row, "category"),
        endpoint_id=_TEXT.read_or(row, "endpoint_id", model_id),
        transport=_TRANSPORT.read_or(row, "transport", "fal_queue"),
        ui_group=_UI_GROUP.read_or(row, "ui_group", "generation"),
        description=_TEXT.read_or(row, "description", ""),
        vendor=_TEXT.read_or(row, "vendor", ""),
        time=_TEXT.read_or(row, "time", "~30s"),
        supports=tuple(_TEXTS.read_or(row, "supports", ())),
        payload_keys=tuple(_TEXTS.read_or(row, "payload_keys", ())),
        requires_assets=tuple(_TEXTS.read_or(row, "requires_assets", ())),
        aliases=tuple(_TEXTS.read_or(row, "aliases", ())),
        studio_surfaces=tuple(_TEXTS.read_or(row, "studio_surfaces", (f"studio:{media_type}",))),
        is_default=_FLAG.read_or(row, "is_default", False),
        default_rank=_WHOLE.read_or(row, "default_rank", 1000),
        sort_rank=_WHOLE.read_or(row, "sort_rank", 1000),
        defaults=MappingProxyType(_SETTINGS.read_or(row, "defaults", {})),
        controls=_read_controls(_LIST.read_or(row, "controls", [])),
    )
    _check_rest(row)
    if (model.credits == 0) != (model.provider == ANIMATIC):
        raise ValueError(f"credits must be at least 1, and 0 for {ANIMATIC} alone, not {model.credits}")
    if unknown := sorted(set(model.requires_assets) - MEDIA_TYPES):
        raise ValueError(f"requires_assets names no kind of media: {', '.join(unknown)}")
    return model


def _check_rest(row: dict[str, object]) -> None:
    """Reject a row with a field that nobody has read."""
    if row:
        raise ValueError(f"no field is called {next(iter(row))!r}")


def _read_controls(rows: list[object]) -> tuple[Control, ...]:
    controls = tuple(map(_read_control, rows))
    if len({control.key for control in controls}) < len(controls):
        raise ValueError(f"two controls have one key: {', '.join(control.key for control in controls)}")
    return controls


def _read_control(row: object) -> Control:
    """A control as the file writes it: an option is [label, value], or a value that is its own label."""
    if not _is_object(row):
        raise ValueError("a control is an object")
    key = str(row.get("key"))[:60]
    try:
        control = Control(
            key=_TEXT.read(row, "key"),
            label=_TEXT.read(row, "label"),
            type=_CONTROL_TYPE.read(row, "type"),
            default=_SCALAR.read_or(row, "default", None),
            options=tuple(map(_read_option, _LIST.read_or(row, "options", []))),
            min=_NUMBER.read_or(row, "min", None),
            max=_NUMBER.read_or(row, "max", None),
            step=_NUMBER.read_or(row, "step", None),
        )
        _check_rest(row)
        _check_default(control)
    except ValueError as error:
        raise ValueError(f"control {key!r}: {error}") from None
    return control


def _read_option(given: object) -> tuple[str, Scalar]:
    label, value = given if _is_list(given) and len(given) == 2 else (str(given), given)
    if not _is_text(label) or not _is_scalar(value):
        raise ValueError(f"an option is a value or [label, value], not {str(value)[:60]!r}")
    return label, value


def _check_default(control: Control) -> None:
    """A control must be able to show what it starts from: an offered option, a number within its bounds, a flag."""
    default = control.default
    values = [value for _, value in control.options]
    if (control.type == "select") != bool(values):
        raise ValueError("a select has options, and nothing else has")
    match control.type:
        case "select":
            fits = default is None or default in values
        case "number":
            low = -math.inf if control.min is None else control.min
            high = math.inf if control.max is None else control.max
            if low > high or (control.step is not None and control.step <= 0):
                raise ValueError(f"no number lies from {control.min} to {control.max} in steps of {control.step}")
            fits = default is None or (not isinstance(default, str | bool) and low <= default <= high)
        case "boolean":
            fits = default is None or isinstance(default, bool)
    if not fits:
        raise ValueError(f"default {default!r} is none of its values")
