"""Pages that are worked in gloves: everything that is clicked or typed into is 44 pixels high."""

from __future__ import annotations

from PySide6.QtWidgets import QAbstractSpinBox, QCheckBox, QLineEdit, QPushButton, QToolButton, QWidget

from coresafe.ui.widgets.labels import repolish

_FIELDS = (QLineEdit, QAbstractSpinBox)


def wear_gloves(widget: QWidget) -> None:
    """Make the controls in ``widget`` as high as a hand in a glove needs them. Once, when they are all there."""
    for kind in (*_FIELDS, QPushButton, QToolButton, QCheckBox):
        for control in widget.findChildren(kind):
            if not isinstance(control.parentWidget(), _FIELDS):  # a part of a field stays within its height
                control.setProperty("gloves", True)
                repolish(control)
