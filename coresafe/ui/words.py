"""Every word a person reads goes through here, so that it can be translated."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

_CONTEXT = "CoreSafe"


def tr(text: str, **values: object) -> str:
    """``text`` in the person's language, with ``{names}`` filled in from ``values``."""
    found = QCoreApplication.translate(_CONTEXT, text) if text else ""
    return found.format(**values) if values else found


def trn(one: str, many: str, count: int, **values: object) -> str:
    """``one`` or ``many`` by ``count``, which also fills ``{count}`` (with thousands separated).

    A translation may have as many forms as its language has (``many`` is the source that it numbers): French counts 0 with
    1, Polish has three.
    """
    found = QCoreApplication.translate(_CONTEXT, many, None, count)
    if found == many:  # no translation, or the same words in it
        found = QCoreApplication.translate(_CONTEXT, one if count == 1 else many)
    return found.format(count=number(count), **values)


def mark(text: str) -> str:
    """Mark words that stand in a table read later: found by the translators' tool, translated where they are shown."""
    return text


def number(value: int) -> str:
    """A whole number as people read it: a thin space between thousands, in every language the same."""
    return f"{value:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def role_word(role: str) -> str:
    """What people call a role."""
    return {"operator": tr("technician"), "manager": tr("supervisor"), "admin": tr("administrator")}.get(role, role)


#: What people call the types of samples.
SAMPLE_TYPE = {
    "core": mark("Core"),
    "assay": mark("Assay"),
    "geochemical": mark("Geochemical"),
    "mineralogy": mark("Mineralogy"),
    "field_duplicate": mark("Field duplicate"),
    "crm_standard": mark("CRM standard"),
    "blank": mark("Blank"),
}

#: What people call the kinds of movements.
KIND_WORDS: dict[str, str] = {
    "opening": mark("Opening"),
    "purchase": mark("Purchase"),
    "dispatch": mark("Dispatch"),
    "return": mark("Return"),
    "loss": mark("Loss"),
    "recovery": mark("Recovery"),
    "found": mark("Found"),
    "fill": mark("Fill"),
    "release": mark("Release"),
    "damage": mark("Damage"),
    "repair": mark("Repair"),
    "scrap": mark("Scrap"),
    "adjustment": mark("Adjustment"),
    "stocktake": mark("Stocktake"),
    "transfer": mark("Transfer"),
    "void": mark("Void"),
}
