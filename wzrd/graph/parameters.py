"""One parameter of a local tool: its bounds, and how it is read out of a node's params. Pure.

Params come from forms, files and other nodes, so a number may be a text; what cannot be meant is refused by name.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from wzrd.domain.errors import BadRequest

ParameterKind: TypeAlias = Literal["number", "integer", "boolean", "choice", "text", "color", "ratio"]

_HEX = re.compile(r"#?(?:[0-9a-f]{3}|[0-9a-f]{6})", re.IGNORECASE)
_RATIO = re.compile(r"\s*(\d{1,5}(?:\.\d{1,4})?)\s*[:x/]\s*(\d{1,5}(?:\.\d{1,4})?)\s*", re.IGNORECASE)
_YES, _NO = frozenset({"true", "yes", "on", "1"}), frozenset({"false", "no", "off", "0"})
_SHOWN = 60
"""Characters of a refused value that an error repeats."""


class BadParameter(BadRequest):
    """A node's parameter is not valid."""

    code = "bad_parameter"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter: `default` None means that it may be absent. Bounds hold for numbers, and for a text's length.

    `aliases` are other names of it, each with the factor from its unit to ours (1 where there is none).
    """

    name: str
    kind: ParameterKind
    default: Any
    about: str
    least: float = -math.inf
    most: float = math.inf
    choices: tuple[str, ...] = ()
    aliases: Mapping[str, float] = field(default_factory=dict[str, float])

    @property
    def allowed(self) -> str:
        """Allowed values, in words."""
        match self.kind:
            case "number" | "integer":
                article = "a number" if self.kind == "number" else "a whole number"
                return f"{article} from {self.least:g} to {self.most:g}"
            case "boolean":
                return "true or false"
            case "choice":
                return f"one of {', '.join(self.choices)}"
            case "text":
                return f"a text of at most {self.most:g} characters"
            case "color":
                return "a color such as #1a2b3c"
            case "ratio":
                return f"a ratio such as 16:9, from 1:{self.most:g} to {self.most:g}:1"

    def schema(self) -> dict[str, Any]:
        """The parameter as JSON Schema (2020-12)."""
        made: dict[str, Any] = {"description": self.about}
        match self.kind:
            case "number" | "integer":
                made |= {"type": self.kind, "minimum": self.least, "maximum": self.most}
            case "boolean":
                made |= {"type": "boolean"}
            case "choice":
                made |= {"type": "string", "enum": list(self.choices)}
            case "text":
                made |= {"type": "string", "maxLength": int(self.most)}
            case "color":
                made |= {"type": "string", "pattern": "^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$"}
            case "ratio":
                made |= {"type": "string", "pattern": r"^\s*[0-9.]+\s*[:x/]\s*[0-9.]+\s*$"}
        return made if self.default is None else {**made, "default": self.default}


def number(name: str, default: float | None, least: float, most: float, about: str, **aliases: float) -> Parameter:
    """A number."""
    return Parameter(name, "number", default, about, least, most, aliases=aliases)


def integer(name: str, default: int | None, least: int, most: int, about: str, **aliases: float) -> Parameter:
    """A whole number."""
    return Parameter(name, "integer", default, about, least, most, aliases=aliases)


def choice(name: str, choices: str, about: str, *aliases: str) -> Parameter:
    """One of some words; the first is the default."""
    words = tuple(choices.split())
    return Parameter(name, "choice", words[0], about, choices=words, aliases=dict.fromkeys(aliases, 1.0))


def flag(name: str, default: bool, about: str) -> Parameter:
    """Yes or no."""
    return Parameter(name, "boolean", default, about)


def color(name: str, default: str, about: str, *aliases: str) -> Parameter:
    """A color."""
    return Parameter(name, "color", default, about, aliases=dict.fromkeys(aliases, 1.0))


def ratio(name: str, default: str | None, about: str, *aliases: str) -> Parameter:
    """Width to height."""
    return Parameter(name, "ratio", default, about, most=10, aliases=dict.fromkeys(aliases, 1.0))


def read_parameter(parameter: Parameter, params: Mapping[str, Any], owner: str) -> Any:
    """Its value among a node's params: under its name, else under an alias, else its default.

    A color is `#rrggbb`, a ratio a float. `owner` is named in the error.

    Raises:
        BadParameter: what stands there is not allowed.
    """
    for name, factor in {parameter.name: 1.0, **parameter.aliases}.items():
        raw = params.get(name)
        if raw is None or (raw == "" and parameter.kind != "text"):
            continue
        value = _read(parameter, raw, factor)
        if value is None:
            shown = repr(raw) if len(repr(raw)) <= _SHOWN else f"{repr(raw)[:_SHOWN]}…"
            least = "" if factor == 1 else f" (after times {factor:g})"
            message = f"{owner}: {name} must be {parameter.allowed}{least}, not {shown}"
            raise BadParameter(message, field=name)
        return value
    if parameter.kind == "ratio" and parameter.default is not None:
        return _ratio(parameter, parameter.default)
    return parameter.default


def _read(parameter: Parameter, raw: Any, factor: float) -> Any:
    """The value that is meant, None where none can be."""
    match parameter.kind:
        case "number" | "integer":
            return _number(parameter, raw, factor)
        case "boolean":
            word = str(raw).strip().lower()
            return True if word in _YES else False if word in _NO else None
        case "choice":
            word = str(raw).strip().lower()
            return next((choice for choice in parameter.choices if choice.lower() == word), None)
        case "text":
            text = str(raw) if isinstance(raw, str | int | float) else None
            return text if text is not None and len(text) <= parameter.most else None
        case "color":
            return _color(raw)
        case "ratio":
            return _ratio(parameter, raw)


def _number(parameter: Parameter, raw: Any, factor: float) -> float | int | None:
    if isinstance(raw, bool) or not isinstance(raw, str | int | float):
        return None
    try:
        value = float(raw) * factor
    except (ValueError, OverflowError):
        return None
    if not parameter.least <= value <= parameter.most:  # not a number either
        return None
    if parameter.kind == "number":
        return value
    return int(value) if value.is_integer() else None


def _color(raw: Any) -> str | None:
    if not isinstance(raw, str) or not _HEX.fullmatch(raw.strip()):
        return None
    digits = raw.strip().lstrip("#").lower()
    return f"#{digits}" if len(digits) == 6 else "#" + "".join(2 * digit for digit in digits)


def _ratio(parameter: Parameter, raw: Any) -> float | None:
    found = _RATIO.fullmatch(raw) if isinstance(raw, str) else None
    if found is None or not float(found[2]):
        return None
    ratio = float(found[1]) / float(found[2])
    return ratio if 1 / parameter.most <= ratio <= parameter.most else None
