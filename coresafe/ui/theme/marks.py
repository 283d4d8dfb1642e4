"""The few pictures that a style sheet needs as files, drawn from the icons in the tokens' colours.

``python -m coresafe.ui.theme.marks`` writes them anew after a token has changed; a test tells when that was forgotten.
"""

from __future__ import annotations

from coresafe import paths
from coresafe.ui.theme.tokens import DARK, LIGHT, Tokens

#: Name of the picture: the icon it is drawn from, and the token of its colour.
MARKS = {
    "chevron-down": ("chevron-down", "muted"),
    "chevron-up": ("chevron-up", "muted"),
    "calendar": ("calendar", "muted"),
    "check": ("check", "on_accent"),
    "tick": ("check", "accent"),
    "dot": ("", "on_accent"),
}
SCHEMES: dict[str, Tokens] = {"light": LIGHT, "dark": DARK}
_DOT = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="24" height="24" viewBox="0 0 24 24">'
    '<circle cx="12" cy="12" r="5" fill="currentColor"/></svg>\n'
)


def drawn(name: str, tokens: Tokens) -> str:
    """The picture as SVG text."""
    icon, token = MARKS[name]
    text = (paths.resources() / "icons" / f"{icon}.svg").read_text(encoding="utf-8") if icon else _DOT
    return text.replace("currentColor", getattr(tokens, token))


def write() -> None:
    """Draw them all."""
    for scheme, tokens in SCHEMES.items():
        for name in MARKS:
            file = paths.resources() / "style" / scheme / f"{name}.svg"
            file.write_text(drawn(name, tokens), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    write()
