"""Words on a page, each of its kind: title, section, label, muted, small, error, strong."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy, QWidget

from coresafe.ui.theme import theme


def label(text: str, kind: str = "", *, wrap: bool = False, parent: QWidget | None = None) -> QLabel:
    """A label of a kind of the style sheet. Plain text always: what people typed is never taken for markup."""
    made = QLabel(parent)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setText(text)
    made.setWordWrap(wrap)
    if wrap:
        # Takes the height that its words need at the width it gets, and no more.
        made.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
    set_kind(made, kind)
    return made


def figures(text: str, kind: str = "", parent: QWidget | None = None) -> QLabel:
    """A number, to the right, with figures of one width."""
    made = label(text, kind, parent=parent)
    made.setFont(theme().figures())
    made.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    return made


def set_kind(widget: QWidget, kind: str) -> None:
    """Make a widget look as the style sheet says for this kind."""
    if widget.property("kind") != kind:
        widget.setProperty("kind", kind)
        repolish(widget)


def repolish(widget: QWidget) -> None:
    """Apply the style sheet again, after a property it looks at has changed."""
    style = widget.style()
    style.unpolish(widget)
    style.polish(widget)
    widget.update()


def line(upright: bool = False, parent: QWidget | None = None) -> QFrame:
    """A thin line between things."""
    made = QFrame(parent)
    made.setProperty("kind", "upright" if upright else "line")
    return made


def show_if(widget: QWidget, wanted: bool) -> None:
    """Show or hide a part. One that has no place yet is left to its layout: shown now, it would be a window of its own."""
    if wanted and widget.parentWidget() is None:
        widget.setAttribute(Qt.WidgetAttribute.WA_WState_ExplicitShowHide, False)
    else:
        widget.setVisible(wanted)
