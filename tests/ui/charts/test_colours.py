"""The charts' colours are told apart by colour-blind eyes too, in light and dark, and never stand alone."""

from __future__ import annotations

from itertools import combinations

import pytest

from coresafe.ui.charts.pictures import _AGES, _STATES, _STATUSES
from coresafe.ui.theme.tokens import DARK, LIGHT, Tokens

#: What eyes see that lack one kind of cones, in linear light (Machado, Oliveira and Fernandes 2009, severity 1).
EYES = {
    "all cones": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
#: What stands beside each other: colours with their patterns.
TOGETHER = {
    "states": [(token, pattern) for _state, token, pattern in _STATES],
    "ages": list(_AGES.values()),
    "statuses": [(token, pattern) for _status, token, pattern in _STATUSES],
}
#: In units of CIELAB 1976: 2.3 is what an eye just notices, 10 what it tells at a glance.
AT_A_GLANCE = 10.0


def seen(colour: str, eyes: str) -> tuple[float, float, float]:
    """A colour as these eyes see it, in CIELAB."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    red, green, blue = (
        min(1.0, max(0.0, sum(weight * light for weight, light in zip(row, linear, strict=True)))) for row in EYES[eyes]
    )
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.95047
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.08883
    fx, fy, fz = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("eyes", EYES)
@pytest.mark.parametrize("chart", TOGETHER)
def test_colours_beside_each_other_are_told_apart(tokens: Tokens, eyes: str, chart: str) -> None:
    colours = [getattr(tokens, token) for token, _pattern in TOGETHER[chart]]
    for one, other in combinations(colours, 2):
        apart = sum((a - b) ** 2 for a, b in zip(seen(one, eyes), seen(other, eyes), strict=True)) ** 0.5
        assert apart >= AT_A_GLANCE, f"{one} and {other}"


@pytest.mark.parametrize("chart", TOGETHER)
def test_no_two_series_have_the_same_pattern(chart: str) -> None:
    patterns = [pattern for _token, pattern in TOGETHER[chart]]
    assert len(set(patterns)) == len(patterns)
