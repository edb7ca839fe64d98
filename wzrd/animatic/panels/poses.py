"""Poses: where the joints of a body are. Metres of a figure of 1.75: to the figure's left, up from the floor, forward.

A pose names what differs from standing; the right side (a 2 at the name's end) stands beside the left.
"""

Joint = tuple[float, float, float]
USUAL = 1.75
"""The height in metres that the joints are given for."""

_STAND: dict[str, Joint] = {
    "pelvis": (0, 0.95, 0),
    "chest": (0, 1.34, 0),
    "neck": (0, 1.482, 0.01),
    "head": (0, 1.636, 0.03),
    "shoulder": (0.172, 1.382, 0),
    "elbow": (0.235, 1.13, -0.03),
    "hand": (0.225, 0.885, 0.07),
    "hip": (0.09, 0.93, 0),
    "knee": (0.105, 0.5, 0.03),
    "foot": (0.12, 0.07, -0.02),
    "elbow2": (-0.235, 1.13, -0.02),
    "hand2": (-0.225, 0.885, 0.08),
    "knee2": (-0.105, 0.5, 0.05),
    "foot2": (-0.13, 0.07, 0.04),
}
_SEATED: dict[str, Joint] = {
    "pelvis": (0, 0.52, -0.05),
    "chest": (0, 0.91, -0.04),
    "neck": (0, 1.05, -0.01),
    "head": (0, 1.21, 0.02),
    "shoulder": (0.17, 0.965, -0.03),
    "elbow": (0.235, 0.71, 0.05),
    "hand": (0.14, 0.63, 0.3),
    "hip": (0.1, 0.5, 0),
    "knee": (0.13, 0.52, 0.44),
    "foot": (0.13, 0.07, 0.46),
    "elbow2": (-0.235, 0.71, 0.05),
    "hand2": (-0.12, 0.63, 0.32),
    "knee2": (-0.13, 0.52, 0.42),
    "foot2": (-0.15, 0.07, 0.36),
}
_POSES: dict[str, dict[str, Joint]] = {
    "stand": {},
    "sit": _SEATED,
    "walk": {
        "chest": (0, 1.34, 0.02),
        "elbow": (0.23, 1.14, -0.17),
        "hand": (0.21, 0.93, -0.12),
        "elbow2": (-0.23, 1.14, 0.1),
        "hand2": (-0.19, 0.98, 0.27),
        "knee": (0.09, 0.53, 0.2),
        "foot": (0.09, 0.09, 0.32),
        "knee2": (-0.09, 0.5, -0.06),
        "foot2": (-0.09, 0.13, -0.36),
    },
    "run": {
        "pelvis": (0, 0.9, 0),
        "chest": (0, 1.26, 0.14),
        "neck": (0, 1.38, 0.21),
        "head": (0, 1.53, 0.29),
        "shoulder": (0.17, 1.31, 0.17),
        "elbow": (0.24, 1.13, -0.1),
        "hand": (0.19, 0.93, 0.04),
        "elbow2": (-0.24, 1.09, 0.3),
        "hand2": (-0.15, 1.24, 0.47),
        "hip": (0.09, 0.88, 0),
        "knee": (0.09, 0.68, 0.38),
        "foot": (0.09, 0.27, 0.27),
        "knee2": (-0.09, 0.47, -0.08),
        "foot2": (-0.09, 0.13, -0.44),
    },
    "kneel": {
        "pelvis": (0, 0.52, 0),
        "chest": (0, 0.89, 0.1),
        "neck": (0, 1.01, 0.17),
        "head": (0, 1.145, 0.25),
        "shoulder": (0.17, 0.945, 0.12),
        "elbow": (0.23, 0.71, 0.22),
        "hand": (0.1, 0.6, 0.44),
        "hip": (0.1, 0.5, 0),
        "knee": (0.13, 0.5, 0.38),
        "foot": (0.12, 0.07, 0.36),
        "elbow2": (-0.23, 0.71, 0.22),
        "hand2": (-0.08, 0.56, 0.46),
        "knee2": (-0.12, 0.08, 0.1),
        "foot2": (-0.12, 0.1, -0.34),
    },
    "lie": {
        "pelvis": (0, 0.16, 0),
        "chest": (0, 0.18, -0.4),
        "neck": (0, 0.19, -0.55),
        "head": (0, 0.2, -0.71),
        "shoulder": (0.17, 0.2, -0.47),
        "elbow": (0.26, 0.12, -0.2),
        "hand": (0.2, 0.12, 0.06),
        "hip": (0.09, 0.15, 0),
        "knee": (0.1, 0.2, 0.42),
        "foot": (0.12, 0.1, 0.84),
        "elbow2": (-0.26, 0.12, -0.2),
        "hand2": (-0.2, 0.12, 0.06),
        "knee2": (-0.1, 0.26, 0.4),
        "foot2": (-0.12, 0.1, 0.8),
    },
    "point": {"elbow": (0.22, 1.36, 0.26), "hand": (0.18, 1.40, 0.53)},
    "phone": {"elbow2": (-0.29, 1.17, 0.13), "hand2": (-0.155, 1.55, 0.06)},
    "reach": {
        "elbow": (0.235, 1.17, 0.17),
        "hand": (0.13, 1.15, 0.43),
        "elbow2": (-0.24, 1.15, 0.1),
        "hand2": (-0.13, 1.06, 0.34),
    },
    "hold": {
        "elbow": (0.25, 1.12, 0.06),
        "hand": (0.08, 1.16, 0.29),
        "elbow2": (-0.25, 1.12, 0.06),
        "hand2": (-0.08, 1.13, 0.29),
    },
    "look_down": {
        "head": (0, 1.625, 0.055),
        "elbow": (0.25, 1.12, 0.06),
        "hand": (0.085, 1.19, 0.30),
        "elbow2": (-0.25, 1.12, 0.06),
        "hand2": (-0.085, 1.19, 0.30),
    },
    "arms_up": {
        "elbow": (0.36, 1.5, 0.06),
        "hand": (0.34, 1.78, 0.12),
        "elbow2": (-0.36, 1.48, 0.06),
        "hand2": (-0.36, 1.76, 0.12),
    },
    "lean": {
        "pelvis": (0.03, 0.94, -0.05),
        "elbow": (0.26, 1.12, 0.02),
        "hand": (0.13, 0.98, 0.18),
        "elbow2": (-0.26, 1.14, -0.06),
        "hand2": (-0.23, 0.93, -0.12),
        "knee2": (-0.1, 0.52, 0.2),
        "foot2": (-0.05, 0.07, 0.24),
    },
    "fold": {
        "elbow": (0.25, 1.12, 0.07),
        "hand": (-0.07, 1.2, 0.2),
        "elbow2": (-0.25, 1.12, 0.07),
        "hand2": (0.1, 1.15, 0.2),
    },
    "carry": {
        "elbow": (0.24, 1.13, -0.03),
        "hand": (0.25, 0.87, 0.02),
        "elbow2": (-0.235, 1.13, 0.0),
        "hand2": (-0.22, 0.9, 0.1),
    },
}
TILTS = {"look_down": -17.0, "kneel": -12.0, "arms_up": 7.0, "reach": -5.0}
"""How far the head is bent up (degrees) in a pose."""


def known(pose: str) -> str:
    """The pose itself, or standing for one that nobody knows."""
    return pose if pose in _POSES else "stand"


def joints_of(pose: str) -> dict[str, Joint]:
    """All joints of a pose."""
    joints = {**_STAND, **_POSES[known(pose)]}
    for name in ("shoulder", "hip"):
        x, y, z = joints[name]
        joints[name + "2"] = (-x, y, z)
    return joints
