"""The vocabulary of nodes and ports, as the studio saves it."""

import pytest

from wzrd.graph.kinds import DATA_TYPES, KINDS, default_ports, is_compatible, read_kind


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        ("Text", "Text"),
        ("IMAGE", "Image"),
        (" imageedit ", "ImageEdit"),
        ("image_edit", "ImageEdit"),
        ("Image-Edit", "ImageEdit"),
        ("text_to_text", "Text"),
        ("TEXT_TO_IMAGE", "Image"),
        ("image_to_video", "Video"),
        ("text_to_video", "Video"),
        ("audio_generate", "Audio"),
        ("comment_node", "comment"),
        ("COMMENT", "comment"),
        ("upload_image", "Transform"),
        ("__proto__", "Transform"),
        ("", "Transform"),
        (None, "Transform"),
        (7, "Transform"),
    ],
)
def test_a_kind_is_read_whatever_its_spelling(raw: object, kind: str) -> None:
    """Aliases of older clients, any case; what nobody knows is a Transform."""
    assert read_kind(raw) == kind


def test_what_is_done_with_each_kind() -> None:
    """Five ask models, a comment is never executed, the rest passes on."""
    by: dict[str, set[str]] = {}
    for kind in KINDS:
        by.setdefault(KINDS[kind].disposition, set()).add(kind)
    assert by["generator"] == {"Text", "Prompt", "Image", "Video", "Audio"}
    assert by["excluded"] == {"comment"}
    assert by["passthrough"] == {"ImageEdit", "Upload", "Transform", "Combine", "Model", "Gateway", "Output"}


@pytest.mark.parametrize(
    ("kind", "inputs", "outputs"),
    [
        ("Prompt", "context:any*?", "text:text"),
        ("Image", "prompt:text? reference:image?", "image:image metadata:json"),
        ("ImageEdit", "prompt:text*? image:image*", "image:image layers:json"),
        ("Text", "input:text? context:any*?", "text:text"),
        ("Video", "prompt:text? image:image?", "video:video"),
        ("Audio", "prompt:text?", "audio:audio"),
        ("Upload", "", "asset:any"),
        ("Transform", "input:any*", "output:any"),
        ("Combine", "input:any*", "output:any"),
        ("Gateway", "input:any*", "output:any"),
        ("Model", "prompt:text input:any?", "output:any"),
        ("Output", "input:any*", ""),
        ("comment", "", ""),
    ],
)
def test_the_ports_of_each_kind(kind: str, inputs: str, outputs: str) -> None:
    """Name and type; `*` takes many, `?` may stay empty."""
    told = [
        " ".join(f"{port.name}:{port.data_type}{'*' * port.many}{'?' * (not port.needed)}" for port in side)
        for side in default_ports(kind)
    ]
    assert told == [inputs, outputs]


FITS = {
    "image": {"any"},
    "video": {"any"},
    "text": {"string", "any", "image", "video", "audio", "json", "tensor", "3d"},
    "string": {"text", "any"},
    "number": {"any"},
    "boolean": {"any"},
    "audio": {"any"},
    "json": {"any"},
    "tensor": {"3d", "any"},
    "3d": {"tensor", "any"},
    "any": set(DATA_TYPES),
}


@pytest.mark.parametrize("source", sorted(DATA_TYPES))
def test_what_an_output_may_be_wired_to(source: str) -> None:
    """The documented table; the same type always."""
    assert {target for target in DATA_TYPES if is_compatible(source, target)} == FITS[source] | {source}
