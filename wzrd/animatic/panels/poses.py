"""Poses: a body's joints, for a figure of 1.75 metres: to its left, up from the floor, forward.

A pose names what differs from standing; the right side (a 2 at the name's end) stands beside the left. The joints lie
in poses.json.
"""

import json
from importlib.resources import files

Joint = tuple[float, float, float]
USUAL = 1.75
"""The height in metres that the joints are given for."""

_POSES: dict[str, dict[str, Joint]] = {
    pose: {joint: (x, y, z) for joint, (x, y, z) in joints.items()}
    for pose, joints in json.loads(files("wzrd.animatic.panels").joinpath("poses.json").read_bytes()).items()
}
TILTS = {"look_down": -17.0, "kneel": -12.0, "arms_up": 7.0, "reach": -5.0, "weep": -14.0, "drink": 6.0, "climb": 12.0}
"""Degrees that the head is bent up in a pose."""


def known(pose: str) -> str:
    """The pose itself, or standing for one that nobody knows."""
    return pose if pose in _POSES else "stand"


STOOPS: dict[str, Joint] = {"chest": (0, -0.012, 0.04), "neck": (0, -0.035, 0.1), "head": (0, -0.06, 0.165),
    "shoulder": (0, -0.03, 0.07), "shoulder2": (0, -0.03, 0.07)}  # fmt: skip
"""Offsets of an old person's joints."""


def joints_of(pose: str, gender: str = "", age: str = "") -> dict[str, Joint]:
    """All joints of a pose; women and children have narrower shoulders, the old stoop."""
    joints = {**_POSES["stand"], **_POSES[known(pose)]}
    for name in ("shoulder", "hip"):
        x, y, z = joints[name]
        wide = (0.84 if age == "child" else 0.88 if gender == "woman" else 1.0) if name == "shoulder" else 1.0
        joints[name], joints[name + "2"] = (x * wide, y, z), (-x * wide, y, z)
    if age == "old" and pose not in {"lie", "bed"}:
        for name, (across, up, forward) in STOOPS.items():
            x, y, z = joints[name]
            joints[name] = (x + across, y + up, z + forward)
    return joints
