"""Payloads of GMI Cloud's models: one function for each family of models, and the table of them. Pure.

Sources: the original's translations, which server and client share. `wzrd.models.gmi_payloads` is the door.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from wzrd.contracts.wire import is_list
from wzrd.models.model_inputs import ModelInputs, refuse
from wzrd.models.output_counts import COUNTS, count_outputs

Payload = dict[str, Any]

_IMAGES = ("image", "image_url", "image_urls")
_VIDEOS = ("video", "video_url", "video_urls")
_AUDIOS = ("audio", "audio_url", "audio_urls")
_RATIO = ("aspect_ratio", "ratio")
DURATION = ("duration", "duration_seconds")

SEEDREAM_SIZES: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "1:1": ("2048x2048", "3072x3072", "3200x3200"),
        "16:9": ("2560x1440", "3072x1728", "3840x2160"),
        "9:16": ("1440x2560", "1728x3072", "2160x3840"),
        "4:3": ("2304x1728", "3072x2304", "3520x2640"),
        "3:4": ("1728x2304", "2304x3072", "2640x3520"),
        "3:2": ("2352x1568", "3072x2048", "3840x2560"),
        "2:3": ("1568x2352", "2048x3072", "2560x3840"),
    }
)
"""Width x height in pixels by ratio, for the tiers of `SEEDREAM_TIERS`."""
SEEDREAM_MOST = 15
"""Pictures of one answer; more than one only where `sequential_image_generation` is `auto` (ByteDance's reference)."""
SEEDREAM_TIERS = ("2K", "3K", "4K")

LTX_RESOLUTIONS: Mapping[str, str] = MappingProxyType({"1080p": "1920x1080", "1440p": "2560x1440", "4k": "3840x2160"})
LTX_MOTIONS = ("dolly_in", "dolly_out", "dolly_left", "dolly_right", "jib_up", "jib_down", "static", "focus_shift")
KLING_RATIOS = ("16:9", "9:16", "1:1")
SEEDANCE_RATIOS = ("16:9", "4:3", "1:1", "3:4", "9:16", "21:9", "adaptive")
WAN_RATIOS = ("16:9", "9:16", "1:1", "4:3", "3:4")
GEMINI_RATIOS = ("1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9")
GEMINI_SIZES = ("512", "1K", "2K", "4K")
WAN_REFERENCES = 5
"""Most reference pictures, and most clips, that Wan 2.7 takes."""


def _given(payload: Payload) -> Payload:
    """The payload without what was not given."""
    return {name: value for name, value in payload.items() if value is not None and value != []}


def _or(value: Any, default: Any) -> Any:
    return default if value is None else value


def _whole_seconds(given: ModelInputs, *, least: int, most: int, default: int) -> int:
    """A duration in whole seconds within the model's range."""
    seconds = given.seconds(*DURATION)
    return default if seconds is None else min(max(round(min(seconds, most)), least), most)


def _seedream(given: ModelInputs) -> Payload:
    number = _max_images(given)
    sequence = given.text("sequential_image_generation") or ("auto" if number > 1 else None)
    return _given(
        {
            "prompt": given.text("prompt") or "",
            "image": given.addresses(*_IMAGES) or None,
            "size": _seedream_size(given),
            "output_format": given.one_of(("jpeg", "png"), "output_format") or "jpeg",
            "max_images": number,
            "sequential_image_generation": sequence,
            "watermark": _or(given.flag("watermark"), False),
        }
    )


def _seedream_size(given: ModelInputs) -> str:
    size = (given.text("size") or "").strip()
    if "x" in size.lower():
        width, _, height = size.lower().partition("x")
        if not (width.isascii() and width.isdigit() and height.isascii() and height.isdigit()):
            refuse("size", size, "WIDTHxHEIGHT in pixels (2048x2048), 2K or 3K")
        return f"{width}x{height}"
    if size.upper() in {"2K", "3K"}:
        return size.upper()
    tier = given.one_of(SEEDREAM_TIERS, "size") or given.one_of(SEEDREAM_TIERS, "resolution", "image_size") or "2K"
    ratio = given.one_of(tuple(SEEDREAM_SIZES), *_RATIO) or "1:1"
    return SEEDREAM_SIZES[ratio][SEEDREAM_TIERS.index(tier)]


def _max_images(given: ModelInputs) -> int:
    """All the pictures that were ordered, by whatever name: the model makes them in one answer."""
    field, value = given.find("max_images")
    own = given.number(field)
    if own is not None and not (1 <= own <= SEEDREAM_MOST and own == int(own)):
        refuse(field, value, f"a whole number from 1 to {SEEDREAM_MOST}")
    wanted = count_outputs(given.given)
    if wanted > SEEDREAM_MOST:
        refuse(given.find(*COUNTS)[0], wanted, f"a whole number from 1 to {SEEDREAM_MOST}")
    return wanted


def _kling_omni(given: ModelInputs) -> Payload:
    image, video = given.address("first_frame", *_IMAGES), given.address(*_VIDEOS)
    return _given(
        {
            "prompt": given.text("prompt") or "",
            "mode": given.one_of(("pro", "std"), "mode") or "std",
            "duration": None if video else _kling_seconds(given),
            "aspect_ratio": given.one_of(KLING_RATIOS, *_RATIO) or "16:9",
            "sound": "off" if video else _kling_sound(given),
            "image_list": [{"image_url": image, "type": "first_frame"}] if image else None,
            "video_list": [{"video_url": video, "refer_type": "base", "keep_original_sound": "yes"}] if video else None,
            "element_list": _kling_elements(given),
            "multi_shot": given.flag("multi_shot"),
            "shot_type": given.text("shot_type"),
            "multi_prompt": given.find("multi_prompt")[1],
            "watermark_info": given.find("watermark_info")[1],
        }
    )


def _kling_seconds(given: ModelInputs) -> str:
    """Kling takes 3 to 15 seconds, written as a text; anything else means 5."""
    seconds = given.seconds(*DURATION)
    return "5" if seconds is None or not 3 <= round(min(seconds, 99)) <= 15 else str(round(seconds))


def _kling_sound(given: ModelInputs) -> str:
    _, sound = given.find("sound")
    on = given.flag("generate_audio") if sound not in {"on", "off"} else sound == "on"
    return "on" if on else "off"


def _kling_elements(given: ModelInputs) -> list[Payload] | None:
    field, ids = given.find("element_ids")
    if ids is None:
        return None
    if not is_list(ids) or not all(isinstance(one, int | str) for one in ids):
        refuse(field, ids, "a list of element ids")
    return [{"element_id": one} for one in ids]


def _ltx_fast(given: ModelInputs) -> Payload:
    wanted = (given.text("resolution") or "").strip().lower()
    resolution = LTX_RESOLUTIONS.get(wanted, wanted if wanted in LTX_RESOLUTIONS.values() else "1920x1080")
    fps = 50 if given.number("fps") == 50 else 25
    return _given(
        {
            "image_uri": given.address("image_uri", "image_url", "image", "image_urls", "first_frame"),
            "prompt": given.text("prompt") or "",
            "duration": _ltx_seconds(given, resolution, fps),
            "resolution": resolution,
            "fps": fps,
            "generate_audio": _or(given.flag("generate_audio"), True),
            "camera_motion": given.one_of(LTX_MOTIONS, "camera_motion"),
        }
    )


def _ltx_seconds(given: ModelInputs, resolution: str, fps: int) -> int:
    """The wanted seconds where the model has them, else the most below them, else the least it has."""
    allowed = range(6, 21, 2) if (resolution, fps) == ("1920x1080", 25) else (6, 8, 10)
    wanted = _or(given.seconds(*DURATION), allowed[0])
    return max((one for one in allowed if one <= wanted), default=allowed[0])


def _ltx_audio(given: ModelInputs) -> Payload:
    return _given(
        {
            "audio_uri": given.address("audio_uri", *_AUDIOS),
            "prompt": given.text("prompt") or "",
            "image_uri": given.address("image_uri", *_IMAGES),
            "resolution": "1920x1080",
            "guidance_scale": given.number("guidance_scale"),
        }
    )


def _seedance(given: ModelInputs) -> Payload:
    return _given(
        {
            "prompt": given.text("prompt") or "",
            "first_frame": given.address("first_frame", *_IMAGES),
            "last_frame": given.address("last_frame"),
            "reference_images": given.addresses("reference_images"),
            "reference_videos": given.addresses("reference_videos", *_VIDEOS),
            "reference_audios": given.addresses("reference_audios", *_AUDIOS),
            "reference_asset_ids": given.addresses("reference_asset_ids"),
            "duration": _whole_seconds(given, least=4, most=15, default=5),
            "resolution": given.one_of(("480p", "720p", "1080p"), "resolution") or "720p",
            "ratio": given.one_of(SEEDANCE_RATIOS, *_RATIO) or "16:9",
            "seed": given.seed(most=4_294_967_295),
            "watermark": _or(given.flag("watermark"), False),
            "generate_audio": _or(given.flag("generate_audio"), True),
            "web_search": _or(given.flag("web_search"), False),
        }
    )


def _wan(given: ModelInputs) -> Payload:
    """Payload that both Wan 2.7 models take."""
    return {
        "prompt": given.text("prompt") or "",
        "negative_prompt": given.text("negative_prompt"),
        "resolution": given.one_of(("720P",), "resolution") or "1080P",
        "duration": _whole_seconds(given, least=2, most=15, default=5),
        "prompt_extend": _or(given.flag("prompt_extend"), True),
        "watermark": _or(given.flag("watermark"), False),
        "seed": given.seed(most=2_147_483_647),
    }


def _wan_image(given: ModelInputs) -> Payload:
    return _given(
        {
            **_wan(given),
            "first_frame": given.address("first_frame", *_IMAGES),
            "last_frame": given.address("last_frame"),
            "driving_audio": given.address("driving_audio", *_AUDIOS),
            "first_clip": given.address("first_clip"),
        }
    )


def _wan_reference(given: ModelInputs) -> Payload:
    images = given.addresses("reference_image", "reference_images") or given.addresses(*_IMAGES)[:1]
    videos = given.addresses("reference_video", "reference_videos") or given.addresses(*_VIDEOS)[:1]
    return _given(
        {
            **_wan(given),
            "first_frame": given.address("first_frame"),
            "reference_image": images[:WAN_REFERENCES],
            "reference_video": videos[:WAN_REFERENCES],
            "ratio": given.one_of(WAN_RATIOS, *_RATIO) or "16:9",
        }
    )


def _gemini_image(given: ModelInputs) -> Payload:
    return _given(
        {
            "prompt": given.text("prompt") or "",
            "image": given.addresses(*_IMAGES),
            "image_size": given.one_of(GEMINI_SIZES, "image_size", "resolution", "size") or "1K",
            "aspect_ratio": given.one_of(GEMINI_RATIOS, *_RATIO) or "1:1",
            "image_output_format": given.text("image_output_format", "output_format") or "png",
            "contents": given.find("contents")[1],
        }
    )


TRANSLATIONS: Mapping[str, Callable[[ModelInputs], Payload]] = MappingProxyType(
    {
        "seedream-5.0-lite": _seedream,
        "seedream-5-0-lite": _seedream,
        "kling-v3-omni": _kling_omni,
        "ltx-2-fast-image-to-video": _ltx_fast,
        "ltx-2-pro-audio-to-video": _ltx_audio,
        "seedance-2-0-260128": _seedance,
        "seedance-2-0-fast-260128": _seedance,
        "wan2.7-i2v": _wan_image,
        "wan2.7-r2v": _wan_reference,
        "gemini-3.1-flash-image-preview": _gemini_image,
    }
)
"""The models with a translation of their own, by endpoint id; all others get their row's `payload_keys`."""

RESPELLED = frozenset({"ltx-2-fast-image-to-video", "ltx-2-pro-audio-to-video"})
"""The models whose payload is spelled in another way where GMI refuses the first."""

TAKES_DATA_URIS = frozenset(
    {
        "seedream-5.0-lite",
        "seedream-5-0-lite",
        "ltx-2-fast-image-to-video",
        "ltx-2-pro-audio-to-video",
        "seedance-2-0-260128",
        "seedance-2-0-fast-260128",
        "wan2.7-i2v",
        "wan2.7-r2v",
    }
)
"""The models whose makers (ByteDance, Lightricks, Alibaba) document pictures as data URIs; GMI itself says nothing.
Kling's maker wants base64 without the URI's head, and of the others nothing is known: they need public addresses."""
