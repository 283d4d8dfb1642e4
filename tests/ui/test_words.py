"""Every word that a person reads can be translated, and is one that people in a core shed use."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QTranslator

import coresafe
from coresafe import errors
from coresafe.ui.words import trn

UI = Path(coresafe.__file__).parent / "ui"
FILES = sorted(UI.rglob("*.py"))
#: What makes words translatable: ``tr("…")``, ``trn("…", "…", n)``, ``mark("…")``.
MAKERS = {"tr", "trn", "mark"}
#: Methods and functions of Qt's and ours whose words are read by people, or by a screen reader to them.
SINKS = {
    *("setText", "setToolTip", "setStatusTip", "setWhatsThis", "setPlaceholderText", "setWindowTitle", "setTitle"),
    *("setAccessibleName", "setAccessibleDescription", "setSpecialValueText", "setPrefix", "setSuffix"),
    *("addItem", "addItems", "addAction", "addMenu", "addTab", "insertItem", "setTabText", "setHeaderLabels"),
    *("QLabel", "QPushButton", "QToolButton", "QCheckBox", "QRadioButton", "QGroupBox", "QAction", "QMenu"),
    *("label", "figures", "button", "icon_button", "reword", "say", "offer", "entitle", "set_note", "set_title"),
    *("EmptyState", "PageHeader", "LoadingState", "Pairs", "Lines", "History", "Message", "Choice", "Entry"),
    *("info", "warn", "success", "error", "ask", "post", "showMessage"),
}
#: Which of their arguments it is, where it is not the first; and by name, those of all of them.
PLACE = {"icon_button": 1, "Entry": 2, "addItem": 0, "addAction": 0, "Choice": 1}
READ = {"text", "title", "hint", "note", "empty", "empty_hint", "tip", "name_for_people", "heading"}
#: Names that are the same in every language.
NAMES = {"CoreSafe", "MySQL", "MariaDB", "SQLite", "API", "PySide6", "Qt", "Python", "HTTP", "JSON", "UTC"}
#: Calls whose words are for programmers.
FOR_PROGRAMMERS = re.compile(r"Error$|^Unknown|^getLogger$|^debug$|^exception$|^critical$|^warning$|^compile$|^noqa$")


def _called(node: ast.Call) -> str:
    function = node.func
    return (
        function.attr if isinstance(function, ast.Attribute) else function.id if isinstance(function, ast.Name) else ""
    )


def _loose(tree: ast.AST) -> Iterator[tuple[int, str, str]]:
    """Line and words of texts that no maker holds, with the innermost call that gets them."""

    def walk(node: ast.AST, call: str) -> Iterator[tuple[int, str, str]]:
        if isinstance(node, ast.Call):
            name = _called(node)
            if name in MAKERS or FOR_PROGRAMMERS.search(name) or ast.unparse(node.func).startswith("_LOG"):
                # What is filled in may hold words again.
                for keyword in node.keywords if name in MAKERS else ():
                    yield from walk(keyword.value, "")
                return
            yield from walk(node.func, "")
            for at, part in enumerate(node.args):
                yield from walk(part, name if at == PLACE.get(name, 0) else "")
            for keyword in node.keywords:
                yield from walk(keyword.value, name if keyword.arg in READ else "")
            return
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            return  # a docstring
        if isinstance(node, ast.Constant):
            if isinstance(node.value, str):
                yield node.lineno, node.value, call
            return
        if isinstance(node, ast.Subscript):
            return  # a key
        for child in ast.iter_child_nodes(node):
            yield from walk(child, call)

    yield from walk(tree, "")


def _is_prose(text: str) -> bool:
    """Two words one after the other, as no key, no path, no style and no pattern has them."""
    return bool(re.search(r"[A-Za-z]{2,}[,.:;]? [a-z]{2,}", text)) and not re.search(r"[{}<>=\\]|--|::", text)


def _has_words(text: str) -> bool:
    return any(word not in NAMES for word in re.findall(r"[^\W\d_]{2,}", re.sub(r"\{.*?\}", "", text)))


@pytest.mark.parametrize("file", FILES, ids=[str(file.relative_to(UI)) for file in FILES])
def test_no_text_reaches_a_person_without_a_chance_to_be_translated(file: Path) -> None:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    loose = [
        f"{file.relative_to(UI)}:{line}: {text!r}"
        for line, text, call in _loose(tree)
        if _is_prose(text) or (call in SINKS and _has_words(text))
    ]
    assert loose == []


# -- the words of the shed --------------------------------------------------------------------------------------------

ROOT = UI.parent.parent
GLOSSARY = ROOT / "docs" / "glossary.md"
GUIDE = sorted((ROOT / "resources" / "guide").glob("*.md"))
#: Where errors that people read are written.
SERVICES = sorted((UI.parent / "services").rglob("*.py"))


def _forbidden() -> list[str]:
    rows = [line.split("|") for line in GLOSSARY.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    words = [word.strip() for row in rows[1:] for word in row[3].split(",")]
    return [*words, "please", "sorry"]


def _read_by_people(file: Path) -> Iterator[tuple[int, str]]:
    """The texts that are translated, and those of errors."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not (_called(node) in MAKERS or re.match(r"^[A-Z]\w+$", _called(node))):
            continue
        if _called(node) not in MAKERS and not hasattr(errors, _called(node)):
            continue
        parts = [*node.args, *(keyword.value for keyword in node.keywords if keyword.arg in ("hint", "message"))]
        for part in parts:
            for text in ast.walk(part):
                if isinstance(text, ast.Constant) and isinstance(text.value, str):
                    yield node.lineno, text.value


def _jargon(text: str) -> list[str]:
    plain = re.sub(r"\{.*?\}|`.*?`|<!--.*?-->", "", text)
    forbidden = "|".join(re.escape(word) for word in sorted(_forbidden(), key=len, reverse=True))
    return re.findall(rf"\b(?:{forbidden})\b", plain, re.IGNORECASE)


def test_the_glossary_forbids_what_it_says() -> None:
    assert {"shipment", "log in", "username", "null"} <= set(_forbidden())
    assert _jargon("Please log in: the shipment of {username} is gone.") == ["Please", "log in", "shipment"]


@pytest.mark.parametrize("file", [*FILES, *SERVICES], ids=lambda file: str(file.relative_to(UI.parent)))
def test_people_read_the_words_of_the_shed(file: Path) -> None:
    assert [(line, text) for line, text in _read_by_people(file) if _jargon(text)] == []


@pytest.mark.parametrize("file", GUIDE, ids=lambda file: file.name)
def test_the_guide_is_in_the_words_of_the_shed(file: Path) -> None:
    assert [line for line in file.read_text(encoding="utf-8").splitlines() if _jargon(line)] == []


# -- plurals ----------------------------------------------------------------------------------------------------------


class _Polish(QTranslator):
    """Three forms, as Qt's translators choose them by number."""

    def isEmpty(self) -> bool:
        return False

    def translate(self, context: str, source: str, _note: str | None = None, n: int = -1) -> str:
        if (context, source) != ("CoreSafe", "{count} dispatches") or n < 0:
            return ""
        few = n % 10 in (2, 3, 4) and n % 100 not in (12, 13, 14)
        return "{count} wysyłka" if n == 1 else "{count} wysyłki" if few else "{count} wysyłek"


def test_english_has_two_forms_and_a_translation_as_many_as_it_needs(qapp) -> None:
    def said(count: int) -> str:
        return trn("1 dispatch", "{count} dispatches", count)

    assert [said(n) for n in (0, 1, 2, 1200)] == ["0 dispatches", "1 dispatch", "2 dispatches", "1\u202f200 dispatches"]
    polish = _Polish()
    qapp.installTranslator(polish)
    try:
        assert [said(n) for n in (1, 3, 5, 12, 22)] == [
            "1 wysyłka", "3 wysyłki", "5 wysyłek", "12 wysyłek", "22 wysyłki"
        ]  # fmt: skip
    finally:
        qapp.removeTranslator(polish)
