"""The making of one body: which field of a schema takes each thing, and how it is spelled. Pure."""

import math
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, cast

import orjson

from wzrd.domain.film import FPS
from wzrd.models.model_inputs import check_writable, refuse, refuse_unknown, snake_case
from wzrd.models.schemas.field_values import (
    MEASURES,
    describe,
    fit,
    options_of,
    read_number,
    read_shape,
    respell,
    with_only_option,
    wrap,
)
from wzrd.models.schemas.input_schemas import InputSchema, accepts

_FRAMES = ("num_frames", "number_of_frames")
_SECONDS = ("duration", "duration_seconds", "seconds", "seconds_total", *_FRAMES, "video_length")
ROLES: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "prompt": ("prompt", "text", "script", "lyrics", "text_input", "text_prompt", "instruction", "gen_text"),
    "first_frame": ("start_image_url", "first_image_url", "first_frame_url", "first_frame", "first_frame_image",
                    "frame0_image"),
    "last_frame": ("end_image_url", "last_frame_url", "tail_image_url", "last_frame", "last_frame_image",
                   "frame1_image"),
    "image": ("image_url", "source_image_url", "image_urls", "reference_image_urls", "input_image_urls",
              "input_image_url", "image", "images", "image_uri", "img_url", "image_list", "input_reference",
              "reference_image_url", "reference_image", "reference_images"),
    "video": ("video_url", "video_urls", "reference_video_urls", "media_url", "source_video_url", "video", "videos",
              "driving_video_url",
              "video_list", "reference_video", "reference_videos"),
    "audio": ("audio_url", "driven_audio_url", "audio_urls", "media_url", "source_audio_url",
              "reference_audio_url", "ref_audio_url", "audio", "audios", "driving_audio",
              "audio_uri", "voice_sample", "source_audio", "reference_audios"),
    "fps": ("fps", "frames_per_second", "frame_rate", "target_fps", "export_fps"),
    "resolution": ("resolution", "target_resolution"),
    "seconds": _SECONDS,
    "least_seconds": _SECONDS,
    "shape": ("aspect_ratio", "image_size", "video_size", "size", "ratio"),
    "sound": ("generate_audio", "generate_audio_switch", "sound", "enable_audio", "audio"),
    "format": ("output_format",),
    "voice": ("voice", "voice_id", "speaker"),
})  # fmt: skip
"""Names of each thing that requests speak of, a schema's likeliest first. A frame without a name of its own is a
picture; `least_seconds`: a length that must not be cut."""
_ENDINGS = {"image": "image_url", "video": "video_url", "audio": "audio_url"}
"""Ends of the names of files. The only one that a schema requires is meant, whatever stands before (no mask is)."""
_FILES = ("first_frame", "last_frame", "image", "video", "audio")
ROLE_OF: Mapping[str, str] = {name: role for role in reversed(ROLES) for name in (role, *ROLES[role])}
_VOICES = ("voice_ids", "voice_id")
_NO_PLACE = "the model has no such input"


class BodyMaker:
    """One body in the making. `names`: whether the schema's names are all that there are."""

    def __init__(self, schema: InputSchema, *, names: object) -> None:
        self._schema, self._fields, self._is_closed = schema, schema.properties, bool(names)
        self._by_name = {snake_case(name): name for name in self._fields}
        self._exceptions = _exceptions().get(schema.endpoint_id, {})
        self._claimed = {name: role for role, name in self._exceptions.items() if role in ROLES}
        self._given: dict[str, list[Any]] = {}  # what has no place yet, by role
        self._names: dict[str, str] = {}
        self._detail: object = None
        self.made: dict[str, Any] = {}
        self.ignored: dict[str, str] = {}

    def take(self, given: Mapping[str, Any], *, strict: bool) -> None:
        """The caller's fields: the schema's own names first, the others by their roles."""
        given = self._without_sides(given)
        for name, value in given.items():
            check_writable(name, value)
            if not self._is_closed:
                self.made[name] = value
                continue
            if value is None or value in ("", []) or name.startswith("_") or (name == "seed" and _is_random(value)):
                continue
            known = snake_case(name)
            role = ROLE_OF.get(known)
            own = name if known in ROLES else self._exceptions.get(name, name)
            field_name = next((one for one in (own, snake_case(own)) if one in self._fields), None)
            if field_name is None and role is None:
                field_name = self._by_name.get(known)
            if field_name is not None:
                self.made[field_name] = self._spelled(name, field_name, value)
            elif role is not None:
                self._names.setdefault(role, name)
                self._given.setdefault(role, []).extend(_several(value))
            elif strict:
                refuse_unknown(self._schema.endpoint_id, name, self._fields)
            else:
                self.ignored[name] = _NO_PLACE
        self._place(report=True)

    def _without_sides(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """The fields; a width and a height that the model has not by themselves are its shape."""
        sides = {name: read_number(given.get(name)) for name in ("width", "height")}
        has_place = not sides.keys() & self._by_name.keys() and self.fields_of("shape")
        if not self._is_closed or not has_place or not all(sides.values()):
            return given
        self._given["shape"] = [{name: int(side or 0) for name, side in sides.items()}]
        self._names["shape"] = "width, height"
        return {name: value for name, value in given.items() if name not in sides}

    def wish(self, roles: Mapping[str, Any]) -> None:
        """Place wishes by role; what has no place is told."""
        self._given = {role: _several(value) for role, value in roles.items() if value not in (None, "")}
        self._names = {role: role for role in self._given}
        self._place(report=True)

    @property
    def switches(self) -> list[str]:
        """The fields by which a clip is made with its own sound or without."""
        return self.fields_of("sound")

    def silence(self) -> None:
        """A clip's own sound is bought only where it is asked for: by its switch, a voice, or a sound to be heard."""
        if _has_voice(self.made) or any(self.made.get(name) for name in self.fields_of("audio")):
            return
        for name in self.switches:
            if name not in self.made and (off := self._respell(name, False)):
                self.made[name] = off[0]

    def fill(self, defaults: Mapping[str, Any]) -> None:
        """The catalog's defaults, where nothing was said of their role and the model has a place for them."""
        if not self._is_closed:
            self.made = {**defaults, **self.made}
            return
        said = {role for name in self.made if (role := self._role(name))}
        self._given = {}
        for name, value in defaults.items():
            role, field_name = self._role(name), self._field(name)
            if role in said or (role == "resolution" and "shape" in said and read_shape(value)):
                continue
            if field_name is None and role is not None:
                self._given[role], self._names[role] = [value], name
            elif field_name is not None and field_name not in self.made and (way := self._respell(field_name, value)):
                self.made[field_name] = way[0]
        self._place(report=False)

    def _field(self, name: str) -> str | None:
        return name if name in self._fields else self._by_name.get(snake_case(name))

    def _role(self, name: str) -> str | None:
        return self._claimed.get(name) or ROLE_OF.get(snake_case(name))

    def fields_of(self, role: str) -> list[str]:
        """Names of a role here: an exception's alone, else all that no exception gives another."""
        wanted = "seconds" if role == "least_seconds" else role
        if wanted in self._exceptions and self._exceptions[wanted] in self._fields:
            return [self._exceptions[wanted]]
        names = [self._by_name[one] for one in ROLES[role] if one in self._by_name]
        names.sort(key=lambda one: self._fields[one].get("deprecated", False))
        if role == "sound":  # elsewhere `audio` is a file
            names = [one for one in names if one != "audio" or self._fields[one].get("type") == "boolean"]
        return [one for one in names or self._only_file(role) if one not in self._claimed]

    def _only_file(self, role: str) -> list[str]:
        """The one file of its kind that the model needs, by the end of its name."""
        ending = _ENDINGS.get(role, "\0")
        named = [one for one in self._schema.required if one.endswith(ending) and "mask" not in one]
        return named if len(named) == 1 and named[0] not in ROLE_OF else []

    def _respell(self, field_name: str, value: object) -> tuple[Any, ...]:
        if not self._schema.sources:
            return (value,)
        schema = self._fields[field_name]
        return respell(with_only_option(schema), value) or respell(schema, value)

    def _spelled(self, name: str, field_name: str, value: object) -> Any:
        schema = self._fields[field_name]
        if way := self._respell(field_name, value):
            return way[0]
        if isinstance(value, str | int | float) or schema.get("type") not in {"array", "object"}:
            refuse(name, value, describe(schema))
        return value  # the check of the whole names the place inside it

    def _place(self, *, report: bool) -> None:
        self._detail = next(iter(self._given.get("resolution", ())), None)
        for role in sorted(self._given, key=[*ROLES].index):
            values = self._given[role]
            name = self._names.get(role, role)
            left = (
                self._place_files(role, values) if role in _FILES else self._place_value(role, values[0], report=report)
            )
            if left and report:
                self.ignored[name] = left

    def _place_files(self, role: str, addresses: Sequence[Any]) -> str | None:
        """Put addresses where the model takes them; the reason if some are left over."""
        ends = self.fields_of("last_frame")  # a clip may end with the picture that it begins with
        here = _texts({name: one for name, one in self.made.items() if (name in ends) == (role == "last_frame")})
        waiting: list[Any] = []
        for one in addresses:
            waiting += [] if one in waiting or (isinstance(one, str) and one in here) else [one]
        names = self.file_names(role)
        for name in names:
            if not waiting or name in self.made:
                continue
            schema = self._fields[name]
            if schema.get("type") != "array":
                whole = wrap(schema, waiting[0])
                self.made[name] = whole if accepts(schema, whole) else {"url": waiting[0]}
                del waiting[0]
                continue
            items = schema.get("items", {})
            most = 1 if items.get("type") == "object" else int(schema.get("maxItems", len(waiting)))
            self.made[name], waiting = [wrap(items, one) for one in waiting[:most]], waiting[most:]
        if not waiting:
            return None
        return f"{names[0]} takes no more of them" if names else _NO_PLACE

    def file_names(self, role: str) -> list[str]:
        """The fields for a kind of file: the required first; for several pictures the lists before single ones."""
        names, needed = self.fields_of(role), self._schema.required
        if role == "first_frame":
            return sorted([*names, *self.fields_of("image")], key=lambda name: name not in needed)[:1]
        if role == "image" and "image" not in self._exceptions:
            frames = self.fields_of("first_frame")
            names += [name for name in (*frames, *self.fields_of("last_frame")) if name in needed]
            names += [name for name in frames if name not in needed]
        names = [name for name in names if self._fields[name].get("type") not in {"boolean", "number", "integer"}]
        is_single = {name: role == "image" and self._fields[name].get("type") != "array" for name in names}
        return sorted(names, key=lambda name: (name not in needed, is_single[name]))

    def _place_value(self, role: str, value: Any, *, report: bool) -> str | None:
        """Put a value where the model takes it, brought to the nearest that it has; why, if that changed or lost it.

        Raises:
            BadRequest: nothing like it fits an input that the model needs.
        """
        names = sorted(self.fields_of(role), key=lambda name: name not in self._schema.required)
        if not names:
            return None if role == "resolution" and self._has_sizes() else _NO_PLACE
        if made := [name for name in names if name in self.made]:
            return None if any(self.made[name] == value for name in made) else f"{made[0]} says it already"
        for name in names:
            fitted, is_same = self._fit(role, name, value)
            if fitted is not None:
                self.made[name] = fitted
                return None if is_same or not report else f"{name} is {fitted}, the nearest that it has"
        allowed = describe(self._fields[names[0]])
        if report and set(names) & set(self._schema.required):
            refuse(self._names.get(role, role), value, allowed)
        return f"{names[0]} must be {allowed}"

    def _has_sizes(self) -> bool:
        """True if a shape was said and the model has sizes in pixels for it, among which the lines have chosen."""
        sizes = [one for name in self.fields_of("shape") for one in options_of(self._fields[name])]
        return "shape" in self._given and any("x" in str(one) or "*" in str(one) for one in sizes)

    def _fit(self, role: str, name: str, value: Any) -> tuple[Any, bool]:
        """The value as the field takes it, and whether that is what was said; None: nothing is like it."""
        schema = with_only_option(self._fields[name])
        counts_frames = name in _FRAMES
        if counts_frames != (snake_case(self._names.get(role, role)) in _FRAMES):
            number = read_number(value)
            value = None if number is None else number * self._rate() if counts_frames else number / self._said_rate()
        rounding = "up" if role == "least_seconds" else "nearest"
        if not schema and ROLES[role] is _SECONDS and isinstance(value, float):
            return (math.ceil(value) if rounding == "up" else max(1, round(value))), False
        if way := respell(schema, value):
            return way[0], True
        return fit(
            schema, value, measure=MEASURES.get(role, read_number), rounding=rounding, detail=self._detail
        ), False

    def _said_rate(self) -> float:
        """Frames a second of a number of frames that was said: as said beside it, else the model's."""
        said = (read_number(one) for one in self._given.get("fps", ()))
        return next(filter(None, said), None) or self._rate()

    def _rate(self) -> float:
        """Frames a second: as said, as the vendor's default, else the house's."""
        names = [name for name in ROLES["fps"] if name in self._fields]
        rates = [read_number(self.made.get(name, self._fields[name].get("default"))) for name in names]
        return next((rate for rate in rates if rate), float(FPS))


def take_known(schema: InputSchema, given: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that are given under the schema's own names, as it spells their values.

    Raises:
        BadRequest: a value that cannot be; it is named with what is allowed.
    """
    maker = BodyMaker(schema, names=True)
    maker.take({name: value for name, value in given.items() if name in schema.properties}, strict=False)
    return maker.made


def _is_random(seed: object) -> bool:
    return str(seed).strip().lower() in {"random", "-1"}


def _several(value: object) -> list[Any]:
    return list(cast("list[Any]", value)) if isinstance(value, list) else [value]


def _has_voice(value: object) -> bool:
    """True if a voice is named anywhere in a value."""
    if isinstance(value, Mapping):
        members = cast("Mapping[str, object]", value).items()
        return any((name in _VOICES and bool(one)) or _has_voice(one) for name, one in members)
    return isinstance(value, list) and any(map(_has_voice, cast("list[object]", value)))


def _texts(value: object) -> set[str]:
    """Every text in a value."""
    if isinstance(value, Mapping):
        return {text for one in cast("Mapping[str, object]", value).values() for text in _texts(one)}
    if isinstance(value, list):
        return {text for one in cast("list[object]", value) for text in _texts(one)}
    return {value} if isinstance(value, str) else set()


@cache
def _exceptions() -> Mapping[str, Mapping[str, str]]:
    """Fields that no rule finds: of an endpoint, what a name of ours means there."""
    found: dict[str, dict[str, str]] = {}
    for line in files("wzrd.models").joinpath("data/exceptions.jsonl").read_bytes().splitlines():
        row = orjson.loads(line)
        found.setdefault(row["endpoint"], {})[row["given"]] = row["field"]
    return found
