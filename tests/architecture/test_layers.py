"""Who may import whom: the contracts hold, and they would notice."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from grimp import ImportGraph

from tests.architecture.contracts import Features, Never

ROOT = Path(__file__).parents[2]


def test_every_contract_holds() -> None:
    done = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-logo", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_contract_notices_a_forbidden_import_and_allows_its_exceptions() -> None:
    graph = ImportGraph()
    _import(graph, "house.ui.page", "house.models.tray")
    _import(graph, "house.ui.page", "house.models.enums")
    _import(graph, "house.app", "house.models.tray")
    contract = Never("ui", {}, {
        "sources": ["house.ui", "house.app"],
        "forbidden": ["house.models", "nobody_has_this"],
        "importers": ["house.app"],
        "targets": ["house.models.enums"],
    })  # fmt: skip
    check = contract.check(graph, verbose=False)
    assert check.metadata["broken"] == ["house.ui.page imports house.models.tray (line 3)"]
    assert not check.kept


def test_features_of_the_ui_see_the_shared_rooms_only() -> None:
    graph = ImportGraph()
    for folder in ("house.ui", "house.ui.dispatches", "house.ui.returns", "house.ui.tables"):
        graph.add_module(folder)
    _import(graph, "house.ui.dispatches.form", "house.ui.tables.view")
    _import(graph, "house.ui.dispatches.form", "house.ui.returns.form")
    _import(graph, "house.ui.tables.view", "house.ui.returns.form")
    _import(graph, "house.ui.main_window", "house.ui.returns.form")
    check = Features("ui", {}, {"package": "house.ui", "shared": ["tables"]}).check(graph, verbose=False)
    assert check.metadata["broken"] == [
        "house.ui.dispatches.form imports house.ui.returns.form (line 3)",
        "house.ui.tables.view imports house.ui.returns.form (line 3)",
    ]


def _import(graph: ImportGraph, importer: str, imported: str) -> None:
    for module in (importer, imported):
        if module not in graph.modules:
            graph.add_module(module)
    graph.add_import(importer=importer, imported=imported, line_number=3, line_contents="import something")
