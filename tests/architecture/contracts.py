"""Kinds of contract for import-linter that say the table "Who may import whom" of the architecture as it is written."""

from __future__ import annotations

from typing import Any

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class Never(Contract):
    """Modules of ``sources`` never import ``forbidden``, neither at their top nor inside a function.

    Packages mean everything in them. ``importers`` are the modules of ``sources`` that may after all, ``targets`` the
    parts of ``forbidden`` that anybody may. Only direct imports count: a layer may well use another that uses
    SQLAlchemy. Names that nobody imports yet are no mistake, so a room has its rule before it is built.
    """

    sources = fields.SetField(subfield=fields.StringField())
    forbidden = fields.SetField(subfield=fields.StringField())
    importers = fields.SetField(subfield=fields.StringField(), required=False)
    targets = fields.SetField(subfield=fields.StringField(), required=False)

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Look at every import of every source."""
        broken = [
            _found(graph, importer, imported)
            for importer in _within(graph.modules, self.sources)
            if not _is_in(importer, self.importers)
            for imported in graph.find_modules_directly_imported_by(importer)
            if _is_in(imported, self.forbidden) and not _is_in(imported, self.targets)
        ]
        return ContractCheck(kept=not broken, metadata={"broken": sorted(broken)})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Name file and line of each import that must go."""
        _tell(check)


class Features(Contract):
    """The folders of ``package`` never import each other, but for the ``shared`` ones, which import no other."""

    package = fields.StringField()
    shared = fields.SetField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Look at the imports from folder to folder."""
        package = str(self.package)
        shared = {f"{package}.{name}" for name in _names(self.shared)}
        folders = {name for name in graph.find_children(package) if graph.find_children(name)}
        broken = []
        for folder in folders:
            others = folders - {folder} - shared
            for importer in _within(graph.modules, {folder}):
                broken += [
                    _found(graph, importer, imported)
                    for imported in graph.find_modules_directly_imported_by(importer)
                    if _is_in(imported, others)
                ]
        return ContractCheck(kept=not broken, metadata={"broken": sorted(broken)})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Name file and line of each import that must go."""
        _tell(check)


def _names(field: Any) -> set[str]:
    return {str(name) for name in field or ()}


def _is_in(module: str, packages: Any) -> bool:
    return any(module == name or module.startswith(f"{name}.") for name in _names(packages))


def _within(modules: set[str], packages: Any) -> list[str]:
    return sorted(module for module in modules if _is_in(module, packages))


def _found(graph: ImportGraph, importer: str, imported: str) -> str:
    details = graph.get_import_details(importer=importer, imported=imported)
    lines = ", ".join(str(each["line_number"]) for each in details)
    return f"{importer} imports {imported} (line {lines})"


def _tell(check: ContractCheck) -> None:
    for line in check.metadata["broken"]:
        output.print_error(f"  {line}")
    output.new_line()
