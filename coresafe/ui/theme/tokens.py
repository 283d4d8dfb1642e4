"""Every colour and measure of the windows, by what it is for. Colours stand here and nowhere else.

Text tokens reach a contrast of at least 4.5 : 1 on each ground they are used on, lines of controls 3 : 1
(WCAG 2.2, 1.4.3 and 1.4.11); ``PAIRS`` names what is checked.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

#: The grid: every distance is a multiple of it, or half of it.
GRID = 8
#: The least height of anything that is clicked; and on pages that are worked in gloves.
TARGET = 32
TARGET_GLOVES = 44
#: Corner radius of controls and cards.
RADIUS = 6
#: The figures of the dashboard, in the base size: what is read from two steps away.
LARGE = 2.0
#: Sizes of icons.
ICON = 16
ICON_LARGE = 20
ICON_EMPTY = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """The colours of one scheme, as ``#rrggbb``."""

    # grounds
    canvas: str  # the window behind everything
    surface: str  # tables, cards, forms
    sunken: str  # table headers, read-only fields
    hover: str
    selected: str  # a selected row
    navigation: str
    overlay: str  # tooltips
    # lines
    line: str  # between things
    border: str  # around controls
    focus: str
    # text
    text: str
    muted: str
    disabled: str
    on_overlay: str
    # the one accent
    accent: str
    accent_hover: str
    accent_pressed: str
    on_accent: str
    link: str
    # tones of states: text on its own fill, on surfaces and on selected rows
    positive: str
    positive_fill: str
    info: str
    info_fill: str
    caution: str
    caution_fill: str
    danger: str
    danger_fill: str
    storage: str
    storage_fill: str
    neutral: str
    neutral_fill: str
    # what charts are drawn in: told apart by colour-blind eyes too (after Okabe and Ito), and by their patterns besides
    chart_green: str
    chart_purple: str
    chart_orange: str
    chart_blue: str
    chart_vermillion: str
    chart_slate: str


LIGHT = Tokens(
    canvas="#f3f4f6",
    surface="#ffffff",
    sunken="#f1f3f5",
    hover="#f2f6f8",
    selected="#dcecf2",
    navigation="#e9ecef",
    overlay="#1c2733",
    line="#dde1e6",
    border="#78828e",
    focus="#14607a",
    text="#17212b",
    muted="#50606f",
    disabled="#5d6874",
    on_overlay="#f3f6f8",
    accent="#14607a",
    accent_hover="#104f65",
    accent_pressed="#0c3f51",
    on_accent="#ffffff",
    link="#0f5a75",
    positive="#1a6337",
    positive_fill="#e2f3e8",
    info="#0f5770",
    info_fill="#dff0f6",
    caution="#7a4600",
    caution_fill="#fdf0d5",
    danger="#9c1c2b",
    danger_fill="#fce8e9",
    storage="#4c3f9e",
    storage_fill="#ecebfa",
    neutral="#475462",
    neutral_fill="#e9ecef",
    chart_green="#009e73",
    chart_purple="#c0609c",
    chart_orange="#c98300",
    chart_blue="#0072b2",
    chart_vermillion="#a83c00",
    chart_slate="#3b4650",
)

DARK = Tokens(
    canvas="#12171c",
    surface="#1a2128",
    sunken="#212932",
    hover="#232c35",
    selected="#173f50",
    navigation="#161c22",
    overlay="#e8edf1",
    line="#2e3843",
    border="#7d8a99",
    focus="#6cc3dd",
    text="#e7ecf0",
    muted="#a9b6c2",
    disabled="#9ca7b2",
    on_overlay="#17212b",
    accent="#5fbad6",
    accent_hover="#7bc9e1",
    accent_pressed="#93d5e9",
    on_accent="#06202a",
    link="#7bc9e1",
    positive="#7fd4a0",
    positive_fill="#17362a",
    info="#7ecbe4",
    info_fill="#15343f",
    caution="#f0bd66",
    caution_fill="#3b2e16",
    danger="#ff9da4",
    danger_fill="#43222a",
    storage="#b9b1f7",
    storage_fill="#2d2a4d",
    neutral="#b9c4ce",
    neutral_fill="#2b353f",
    chart_green="#1fc295",
    chart_purple="#cc79a7",
    chart_orange="#f0b429",
    chart_blue="#56b4e9",
    chart_vermillion="#f0672e",
    chart_slate="#dfe6ec",
)

TONES = ("positive", "info", "caution", "danger", "storage", "neutral")

_GROUNDS = ("canvas", "surface", "sunken", "hover", "selected", "navigation")
_FILLS = tuple(f"{tone}_fill" for tone in TONES)

#: What is written on what: (text token, ground token). Every pair reaches 4.5 : 1 in both schemes.
PAIRS: tuple[tuple[str, str], ...] = (
    *((words, ground) for words in ("text", "muted", "disabled", "link") for ground in (*_GROUNDS, *_FILLS)),
    *((tone, f"{tone}_fill") for tone in TONES),
    *((tone, ground) for tone in TONES for ground in _GROUNDS),
    ("on_accent", "accent"),
    ("on_accent", "accent_hover"),
    ("on_accent", "accent_pressed"),
    ("on_overlay", "overlay"),
)

#: What must be seen but not read: 3 : 1.
LINES: tuple[tuple[str, str], ...] = (
    *((f"chart_{colour}", "surface") for colour in ("green", "purple", "orange", "blue", "vermillion", "slate")),
    *(("border", ground) for ground in (*_GROUNDS, *_FILLS)),
    *(("focus", ground) for ground in (*_GROUNDS, *_FILLS)),
    *(("accent", ground) for ground in (*_GROUNDS, *_FILLS)),
    ("accent", "line"),  # how far a bar is
    ("muted", "line"),  # the handle of a scroll bar under the mouse
)


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, 1 to 21 (WCAG 2.2)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def as_dict(tokens: Tokens) -> dict[str, str]:
    """Names and colours, for the style sheet."""
    return {item.name: getattr(tokens, item.name) for item in fields(tokens)}


def _luminance(colour: str) -> float:
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
