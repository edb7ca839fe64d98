"""Inputs read from TypeScript declarations: written here in the form of the vendor's."""

import pytest

from tools.model_schemas.typescript import Declarations

TEXT = """
export type Size = {
    /**
     * Pixels. Default value: `512`
     */
    height?: number;
};
export type ClipInput = {
    /**
     * Seconds. Default value: `"5"`
     */
    duration?: "5" | "10";
    /**
     * Frames. Must be between 17 to 161 (inclusive). Must be a multiple of 4. Default value: `81`
     */
    num_frames?: number;
    /**
     * Strength. Range typically 0.2 to 1.0.
     */
    cfg?: number;
    /**
     * Threshold in dB (-60 to 0). Lower values (1-2) are coarser.
     */
    level?: number;
    image_url: string | Blob | File;
    /**
     * Up to 10 images. Default value: ``
     */
    image_urls?: Array<string>;
    /**
     * Text. Max 500 characters.
     */
    text?: string;
    size?: Size | "auto" | "square";
    voice?: "Anna" | "Bela" | string;
    tags: Record<string, any>;
    sync?: boolean | null;
};
export type OtherInput = ClipInput;
export type EndpointTypeMap = {
    "v/clip": {
        input: ClipInput;
        output: ClipOutput;
    };
    "v/other": {
        input: OtherInput;
        output: ClipOutput;
    };
    "v/gone": {
        input: GoneInput;
        output: ClipOutput;
    };
};
"""


def test_types_are_the_declarations_and_bounds_are_the_comments() -> None:
    """Enums, files, lists, objects, alternatives and what is required; defaults and bounds; vague words are none."""
    assert Declarations(TEXT).input_of("v/clip") == {
        "type": "object",
        "properties": {
            "duration": {"enum": ["5", "10"], "default": "5"},
            "num_frames": {"type": "number", "minimum": 17, "maximum": 161, "multipleOf": 4, "default": 81},
            "cfg": {"type": "number"},
            "level": {"type": "number", "minimum": -60, "maximum": 0},
            "image_url": {"type": "string", "format": "uri"},
            "image_urls": {"type": "array", "items": {"type": "string"}, "maxItems": 10},
            "text": {"type": "string", "maxLength": 500},
            "size": {
                "anyOf": [
                    {
                        "type": "object",
                        "properties": {"height": {"type": "number", "default": 512}},
                        "additionalProperties": False,
                    },
                    {"enum": ["auto", "square"]},
                ]
            },
            "voice": {"type": "string"},
            "tags": {"type": "object"},
            "sync": {"anyOf": [{"type": "boolean"}, {"type": "null"}]},
        },
        "required": ["image_url", "tags"],
        "additionalProperties": False,
    }


def test_one_type_may_stand_for_another() -> None:
    """Endpoints share inputs; what the release does not declare it does not have."""
    declared = Declarations(TEXT)
    assert declared.input_of("v/other") == declared.input_of("v/clip")
    assert declared.endpoints == {"v/clip", "v/other"}


def test_what_cannot_be_read_is_an_error() -> None:
    """Never half a schema."""
    with pytest.raises(ValueError, match="expected ':'"):
        Declarations(
            'export type A = {\n    b c;\n};\nexport type EndpointTypeMap = {\n    "v/a": {\n        input: A;'
        ).input_of("v/a")
