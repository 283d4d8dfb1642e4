"""The guide's text: one page for each job, in a file for each language, with the keys filled in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QLocale

from coresafe import paths
from coresafe.ui.actions import BY_ID, native

#: A page begins with its title; the comment names the pages of the window that it fits.
_TITLE = re.compile(r"^# (?P<title>.+?) *<!-- *(?P<fits>[a-z. ]*)-->$")
_KEY = re.compile(r"\{(?P<id>[a-z_.]+)\}")


@dataclass(frozen=True, slots=True)
class GuidePage:
    """``fits``: the actions that go to the window's pages it belongs to; ``text`` is Markdown with the title."""

    title: str
    fits: tuple[str, ...]
    text: str


def read_guide(language: str = "") -> list[GuidePage]:
    """The pages in their order, in the person's language or in English."""
    folder = paths.resources() / "guide"
    wanted = language or QLocale().name().partition("_")[0]
    file = folder / f"{wanted}.md"
    return parse((file if file.is_file() else folder / "en.md").read_text(encoding="utf-8"))


def parse(text: str) -> list[GuidePage]:
    """The pages of a file. Raises KeyError for a key of an action that there is not."""
    pages: list[GuidePage] = []
    for line in text.splitlines():
        found = _TITLE.match(line)
        if found:
            title = found["title"]
            pages.append(GuidePage(title, tuple(found["fits"].split()), f"# {title}\n"))
        elif pages:
            last = pages[-1]
            pages[-1] = GuidePage(last.title, last.fits, f"{last.text}{_KEY.sub(_keys, line)}\n")
    return pages


def fitting(pages: Sequence[GuidePage], shown: str) -> int:
    """Which page fits what is shown; the first where none does."""
    return next((at for at, page in enumerate(pages) if shown in page.fits), 0)


def _keys(found: re.Match[str]) -> str:
    return f"**{native(BY_ID[found['id']].shortcut)}**"
