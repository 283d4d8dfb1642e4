"""The theme: contrast, icons, light and dark."""

from __future__ import annotations

import re

import pytest
from PySide6.QtGui import QAction, QFontMetricsF, QImage
from PySide6.QtWidgets import QPushButton

from coresafe import paths
from coresafe.ui.theme import STATUSES, Scheme, status, theme
from coresafe.ui.theme.icons import UnknownIcon, pixmap
from coresafe.ui.theme.marks import MARKS, SCHEMES, drawn
from coresafe.ui.theme.tokens import DARK, LIGHT, LINES, PAIRS, TONES, Tokens, as_dict, contrast


@pytest.fixture(autouse=True)
def system_scheme(qapp):
    yield
    theme().choose(Scheme.SYSTEM)
    theme().set_scale(1.0)


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("words, ground", PAIRS)
def test_text_can_be_read(tokens: Tokens, words: str, ground: str) -> None:
    assert contrast(getattr(tokens, words), getattr(tokens, ground)) >= 4.5


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("line, ground", LINES)
def test_controls_can_be_seen(tokens: Tokens, line: str, ground: str) -> None:
    assert contrast(getattr(tokens, line), getattr(tokens, ground)) >= 3.0


def test_contrast_is_the_published_one() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_every_status_has_an_icon_a_word_and_a_tone() -> None:
    for found in STATUSES.values():
        assert found.text
        assert found.tone in TONES
        assert (paths.resources() / "icons" / f"{found.icon}.svg").is_file(), found.icon


def test_an_unknown_status_is_shown_by_its_name() -> None:
    assert status("never_heard_of").text == "Never heard of"


def test_the_style_sheet_names_only_tokens(qapp) -> None:
    sheet = (paths.resources() / "style" / "coresafe.qss").read_text(encoding="utf-8")
    assert not re.findall(r"#[0-9a-fA-F]{3,6}\b", sheet)
    theme().choose(Scheme.DARK)
    assert "$" not in qapp.styleSheet()
    assert DARK.surface in qapp.styleSheet()
    for picture in set(re.findall(r'url\("([^"]+)"\)', qapp.styleSheet())):
        assert QImage(picture).width() > 0, picture


def test_the_pictures_of_the_style_sheet_are_up_to_date() -> None:
    for scheme, tokens in SCHEMES.items():
        for name in MARKS:
            file = paths.resources() / "style" / scheme / f"{name}.svg"
            assert file.read_text(encoding="utf-8") == drawn(name, tokens), file


def test_light_and_dark_can_be_forced_and_are_told(qtbot, qapp) -> None:
    look = theme()
    with qtbot.waitSignal(look.changed):
        look.choose(Scheme.DARK)
    assert look.dark
    assert qapp.palette().window().color().name() == DARK.canvas
    with qtbot.waitSignal(look.changed):
        look.choose(Scheme.LIGHT)
    assert qapp.palette().window().color().name() == LIGHT.canvas


def test_the_systems_scheme_is_followed_unless_forced(qapp) -> None:
    look = theme()
    look.choose(Scheme.SYSTEM)
    look._system_changed(None)
    before = look.dark
    look.choose(Scheme.DARK if not before else Scheme.LIGHT)
    qapp.styleHints().colorSchemeChanged.emit(qapp.styleHints().colorScheme())
    assert look.dark is not before


def test_icons_take_the_colour_of_their_token_and_change_with_the_theme(qtbot) -> None:
    look = theme()
    look.choose(Scheme.LIGHT)
    button, action = QPushButton(), QAction()
    qtbot.addWidget(button)
    look.dress(button, "truck", "accent")
    look.dress(action, "truck", "danger")
    assert LIGHT.accent in colours(button.icon().pixmap(16).toImage())
    look.choose(Scheme.DARK)
    assert DARK.accent in colours(button.icon().pixmap(16).toImage())
    assert DARK.danger in colours(action.icon().pixmap(16).toImage())


def test_icons_are_sharp_at_200_percent(qapp) -> None:
    picture = pixmap("truck", LIGHT.text, 16, 2.0)
    assert picture.width() == 32
    assert picture.deviceIndependentSize().width() == 16


def test_an_icon_that_does_not_exist_is_a_mistake_of_ours(qapp) -> None:
    with pytest.raises(UnknownIcon):
        theme().icon("no-such-icon")


def test_figures_are_all_of_one_width(qapp) -> None:
    metrics = QFontMetricsF(theme().figures())
    assert len({round(metrics.horizontalAdvance(figure * 10), 2) for figure in "0123456789"}) == 1


def test_the_font_size_follows_the_persons_wish(qapp) -> None:
    look = theme()
    normal = look.font().pixelSize()
    look.set_scale(1.5)
    assert look.font().pixelSize() == round(normal * 1.5)
    assert qapp.font().pixelSize() == look.font().pixelSize()


def test_tokens_are_plain_colours() -> None:
    for tokens in (LIGHT, DARK):
        assert all(re.fullmatch(r"#[0-9a-f]{6}", colour) for colour in as_dict(tokens).values())


def colours(image: QImage) -> set[str]:
    seen = set()
    for x in range(image.width()):
        for y in range(image.height()):
            colour = image.pixelColor(x, y)
            if colour.alpha() == 255:
                seen.add(colour.name())
    return seen
