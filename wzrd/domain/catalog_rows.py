"""One row of the catalog: what a model is, and a line of the file as one, with every value checked."""

import math
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from types import MappingProxyType
from typing import Any, Literal, TypeAlias, cast, get_args

import orjson

from wzrd.domain.offline import ANIMATIC

MediaType = Literal["text", "image", "video", "audio", "json", "3d"]
Transport = Literal["chat_completion", "request_queue", "fal_queue", "direct_http", "local"]
UiGroup = Literal["generation", "advanced"]
ControlType = Literal["select", "number", "boolean"]
MEDIA_TYPES: frozenset[str] = frozenset(get_args(MediaType))


@dataclass(frozen=True, slots=True)
class Control:
    """One setting a front end may offer. `options` are (label, value) pairs; `default` None means none."""

    key: str
    label: str
    type: ControlType
    default: str | float | bool | None = None
    options: tuple[tuple[str, str | float | bool], ...] = ()
    min: float | None = None
    max: float | None = None
    step: float | None = None


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
    transport: Transport = "fal_queue"
    ui_group: UiGroup = "generation"
    description: str = ""
    vendor: str = ""  # who made it, where that is not who serves it
    time: str = "~30s"  # how long it takes, as people are told
    supports: tuple[str, ...] = ()  # inputs it understands
    payload_keys: tuple[str, ...] = ()  # the only keys its payload may carry; empty: any
    requires_assets: tuple[str, ...] = ()  # kinds of reference it cannot do without
    aliases: tuple[str, ...] = ()
    studio_surfaces: tuple[str, ...] = ()
    is_default: bool = False
    default_rank: int = 1000
    sort_rank: int = 1000
    defaults: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}), hash=False)
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


Rule: TypeAlias = tuple[str, Callable[[object], bool]]
"""What a value must be, in words, and whether it is."""


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value) and value.isprintable() and value == value.strip()


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_texts(value: object) -> bool:
    texts = cast("list[object]", value) if isinstance(value, list) else [None]
    return all(map(_is_text, texts)) and len(set(texts)) == len(texts)


def _is_settings(value: object) -> bool:
    return isinstance(value, dict) and all(
        _is_text(key) and isinstance(one, str | int | float) for key, one in cast("dict[object, object]", value).items()
    )


def _one_of(words: tuple[str, ...]) -> Rule:
    return "one of " + ", ".join(words), lambda value: value in words


_TEXT: Rule = ("a text without spaces around it", _is_text)
_WHOLE: Rule = ("a whole number from 0", _is_whole)
_NUMBER: Rule = ("a number", _is_number)
_TEXTS: Rule = ("a list of different texts", _is_texts)
_FLAG: Rule = ("true or false", lambda value: isinstance(value, bool))
_LIST: Rule = ("a list", lambda value: isinstance(value, list))
_SCALAR: Rule = ("a text, a number, true or false", lambda value: isinstance(value, str | int | float))

_MODEL_RULES: Mapping[str, Rule] = {
    **dict.fromkeys(
        ("id", "name", "provider", "workflow_type", "category", "endpoint_id", "description", "vendor", "time"), _TEXT
    ),
    **dict.fromkeys(("supports", "payload_keys", "requires_assets", "aliases", "studio_surfaces"), _TEXTS),
    **dict.fromkeys(("credits", "default_rank", "sort_rank"), _WHOLE),
    "media_type": _one_of(get_args(MediaType)),
    "transport": _one_of(get_args(Transport)),
    "ui_group": _one_of(get_args(UiGroup)),
    "is_default": _FLAG,
    "defaults": ("an object of texts, numbers, true and false", _is_settings),
    "controls": _LIST,
}
_CONTROL_RULES: Mapping[str, Rule] = {
    "key": _TEXT,
    "label": _TEXT,
    "type": _one_of(get_args(ControlType)),
    "default": _SCALAR,
    "options": _LIST,
    **dict.fromkeys(("min", "max", "step"), _NUMBER),
}


def read_model(line: bytes | str) -> Model:
    """The model that a line of the catalog describes.

    Raises:
        ValueError: it is no JSON object, lacks a field, has one that we do not know, or a value that cannot be.
    """
    row = orjson.loads(line)
    if not isinstance(row, dict):
        raise ValueError("a model is a JSON object")  # noqa: TRY004 - the file is wrong, not a caller's type
    given = cast("dict[str, Any]", row)
    given.setdefault("endpoint_id", given.get("id"))
    _check(given, _MODEL_RULES, Model)
    if (given["credits"] == 0) != (given["provider"] == ANIMATIC):
        raise ValueError(f"credits must be at least 1, and 0 for {ANIMATIC} alone, not {given['credits']}")
    if unknown := sorted(set(given.get("requires_assets", ())) - MEDIA_TYPES):
        raise ValueError(f"requires_assets names no kind of media: {', '.join(unknown)}")
    given.setdefault("studio_surfaces", [f"studio:{given['media_type']}"])
    made = {key: tuple(value) if isinstance(value, list) else value for key, value in given.items()}
    made["defaults"] = MappingProxyType(given.get("defaults", {}))
    made["controls"] = _read_controls(given.get("controls", []))
    return Model(**made)


def _check(row: Mapping[str, Any], rules: Mapping[str, Rule], kind: type[Model | Control]) -> None:
    required = [one.name for one in fields(kind) if one.default is MISSING and one.default_factory is MISSING]
    if missing := [name for name in required if row.get(name) is None]:
        raise ValueError(f"{', '.join(missing)} missing")
    for name, value in row.items():
        if name not in rules:
            raise ValueError(f"no field is called {name!r}")
        words, holds = rules[name]
        if not holds(value):
            raise ValueError(f"{name} must be {words}, not {str(value)[:60]!r}")


def _read_controls(rows: list[object]) -> tuple[Control, ...]:
    controls = tuple(_read_control(row) for row in rows)
    if len({control.key for control in controls}) < len(controls):
        raise ValueError(f"two controls have one key: {', '.join(control.key for control in controls)}")
    return controls


def _read_control(row: object) -> Control:
    """A control as the file writes it: an option is [label, value], or a value that is its own label."""
    if not isinstance(row, dict):
        raise ValueError("a control is an object")  # noqa: TRY004 - as above
    given = cast("dict[str, Any]", row)
    try:
        _check(given, _CONTROL_RULES, Control)
        options = tuple(map(_read_option, given.get("options", [])))
        control = Control(**{**given, "options": options})
        _check_default(control)
    except ValueError as error:
        raise ValueError(f"control {str(given.get('key'))[:60]!r}: {error}") from None
    return control


def _read_option(given: object) -> tuple[str, str | float | bool]:
    label, value = cast("list[Any]", given) if isinstance(given, list) and len(given) == 2 else (str(given), given)  # pyright: ignore[reportUnknownArgumentType]
    if not _is_text(label) or not isinstance(value, str | int | float):
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
