"""A field for a file that is there: typed, or chosen in the system's dialog."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from coresafe.ui.forms.texts import TextField
from coresafe.ui.widgets.buttons import button
from coresafe.ui.words import tr


class FileField(TextField):
    """The name of a file. ``value()``: its Path, or None. ``kinds`` are name filters such as "Certificates (*.pem)"."""

    def __init__(
        self, name: str, title: str, *, kinds: tuple[str, ...] = (), note: str = "", parent: QWidget | None = None
    ) -> None:
        self._kinds = kinds
        self.dialog: QFileDialog | None = None
        self.choose_button = button(tr("Choose…"), self.choose)
        self.choose_button.setAccessibleName(tr("Choose… ({title})", title=title))
        super().__init__(name, title, longest=1000, note=note, parent=parent)

    def value(self) -> Any:
        words = self.typed().strip()
        # As it will be looked for from anywhere.
        return Path(words).expanduser().absolute() if words else None

    def choose(self) -> None:
        """Let the file be chosen."""
        dialog = QFileDialog(self.window(), self.title, str(self._folder()))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([*self._kinds, tr("All files (*)")])
        dialog.fileSelected.connect(self.set_value)
        dialog.finished.connect(self._chosen)
        self.dialog = dialog
        dialog.open()

    def _folder(self) -> Path:
        there = self.value()
        return there.parent if there is not None and there.parent.is_dir() else Path.home()

    def _chosen(self, _result: int) -> None:
        self.dialog = None
        self.edit.setFocus()

    def _furnish(self, control: QWidget, *beside: QWidget) -> None:
        super()._furnish(control, *beside, self.choose_button)
