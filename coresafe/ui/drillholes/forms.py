"""The forms of a company, a project and a hole: add one, change one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtWidgets import QWidget

from coresafe.errors import Conflict, InUse
from coresafe.services import registry
from coresafe.services.registry import (
    AddCompany,
    AddDrillhole,
    AddProject,
    ChangeCompany,
    ChangeDrillhole,
    ChangeProject,
    CompanyRow,
    DrillholeRow,
    ProjectRow,
)
from coresafe.ui.drillholes import searches
from coresafe.ui.drillholes.words import HOLE_STATUS, PROJECT_STATUS, Capacities, trays_note
from coresafe.ui.forms import (
    CheckField,
    Choice,
    ChoiceField,
    DayField,
    HistoryField,
    NumberField,
    SelectField,
    TextField,
)
from coresafe.ui.forms.record import RecordForm
from coresafe.ui.words import number, tr
from coresafe.ui.workspace import Workspace

#: The rules of the service, told before saving (services/registry).
_DEEPEST_M, _FARTHEST = 15_000, 1e9
_EPSG = (1024, 32767)


class CompanyForm(RecordForm):
    """A client: its name, whom to reach, and whether it is still offered."""

    changes = ("companies", "projects", "drillholes", "dispatches")

    def __init__(self, workspace: Workspace, row: CompanyRow | None = None, parent: QWidget | None = None) -> None:
        title = tr("New company") if row is None else tr("Edit {name}", name=row.name)
        super().__init__(workspace, title, row, parent=parent)
        self.add(TextField("name", tr("Name"), required=True))
        self.add(TextField("contact_email", tr("E-mail address"), longest=254, placeholder="name@example.com"))
        self.add(TextField("contact_phone", tr("Telephone"), longest=60))
        active = CheckField("is_active", tr("Active"), note=tr("An inactive company is no longer offered."))
        active.set_value(True)
        self.add(active)
        self.begin()

    def use_cases(self) -> tuple[Callable[..., Any], Callable[..., Any]]:
        return registry.add_company, registry.change_company

    def filled(self, row: CompanyRow) -> dict[str, Any]:
        """What each field is filled with."""
        return {name: getattr(row, name) for name in self.fields}

    def add_command(self, values: dict[str, Any]) -> object:
        """A new company."""
        return AddCompany(**values)

    def change_command(self, row: CompanyRow, changed: dict[str, Any]) -> object:
        """A change of this one."""
        return ChangeCompany(company_id=row.id, version=row.version, **changed)

    def told(self, row: CompanyRow) -> str:
        """What happened, in a sentence."""
        words = tr("Company {name} is added.") if self.row is None else tr("Company {name} is changed.")
        return words.format(name=row.name)


class ProjectForm(RecordForm):
    """A company's project: code, name, place, coordinate system, status."""

    changes = ("projects", "drillholes", "dispatches")

    def __init__(
        self,
        workspace: Workspace,
        row: ProjectRow | None = None,
        *,
        company: Choice | None = None,
        parent: QWidget | None = None,
    ) -> None:
        title = tr("New project") if row is None else tr("Edit {name}", name=row.code)
        super().__init__(workspace, title, row, parent=parent)
        search = searches.companies(workspace.context)
        self.company = ChoiceField("company_id", tr("Company"), search, workspace.runner, required=True)
        self.add(self.company)
        code = TextField("code", tr("Code"), longest=20, required=True)
        self.add(code, TextField("name", tr("Name"), required=True), stretch=(2, 3))
        self.add(TextField("location", tr("Location")))
        crs = NumberField(
            "crs",
            tr("EPSG code"),
            rule=_epsg_rule,
            whole=True,
            before="EPSG",
            note=tr("Coordinate system of its collars, such as 32630."),
        )
        self.add(crs, SelectField("status", tr("Status"), _options(PROJECT_STATUS)))
        if row is None and company is not None:
            self.company.set_value(company)
        self.begin()

    def use_cases(self) -> tuple[Callable[..., Any], Callable[..., Any]]:
        return registry.add_project, registry.change_project

    def filled(self, row: ProjectRow) -> dict[str, Any]:
        """What each field is filled with."""
        values = {name: getattr(row, name) for name in self.fields}
        return {**values, "company_id": searches.company_of(row), "status": row.status.value}

    def add_command(self, values: dict[str, Any]) -> object:
        """A new project."""
        return AddProject(**values)

    def change_command(self, row: ProjectRow, changed: dict[str, Any]) -> object:
        """A change of this one."""
        return ChangeProject(project_id=row.id, version=row.version, **changed)

    def conflict_fields(self, error: Conflict) -> list[tuple[str, str]]:
        """That trays went out for it is told at the company, which must stay."""
        return [(self.company.name, f"{error.message} {error.hint}".strip())] if isinstance(error, InUse) else []

    def told(self, row: ProjectRow) -> str:
        """What happened, in a sentence."""
        words = tr("Project {name} is added.") if self.row is None else tr("Project {name} is changed.")
        return words.format(name=row.code)


class HoleForm(RecordForm):
    """A hole: where it stands, how it was drilled, how far it has come."""

    changes = ("drillholes", "dispatches")

    def __init__(
        self,
        workspace: Workspace,
        row: DrillholeRow | None = None,
        *,
        project: Choice | None = None,
        capacities: Capacities | None = None,
        sizes: Sequence[str] = (),
        known_project: Callable[[int], ProjectRow | None] = lambda _id: None,
        parent: QWidget | None = None,
    ) -> None:
        title = tr("New hole") if row is None else tr("Edit {name}", name=row.hole_id)
        super().__init__(workspace, title, row, parent=parent)
        self._capacities: Capacities = capacities or {}
        self._sizes = tuple(sizes)
        self._known_project = known_project
        context, runner = workspace.context, workspace.runner
        self.project = ChoiceField("project_id", tr("Project"), searches.projects(context), runner, required=True)
        self.hole_id = TextField("hole_id", tr("Hole id"), longest=60, required=True)
        self.add(self.hole_id, self.project, stretch=(3, 2))
        self.eoh_depth = NumberField("eoh_depth", tr("EOH depth (m)"), rule=_depth_rule, unit="m")
        self.core_size = HistoryField("core_size", tr("Core size"), self._sizes_like, runner, longest=20)
        self.add(self.eoh_depth, self.core_size)
        self.add(_grid("easting", tr("Easting")), _grid("northing", tr("Northing")))
        self.dip = NumberField("dip", tr("Dip (°)"), rule=_dip_rule, unit="°")
        azimuth = NumberField("azimuth", tr("Azimuth (°)"), rule=_azimuth_rule, unit="°")
        self.add(azimuth, self.dip)
        self.add(_grid("elevation", tr("RL (m)"), unit="m"), DayField("drilled_on", tr("Date")))
        self.add(SelectField("status", tr("Status"), _options(HOLE_STATUS)))
        self.project.picked.connect(self._tell_project)
        for field in (self.eoh_depth, self.core_size):
            field.changed.connect(self._tell_trays)
        self.dip.changed.connect(self._tell_dip)
        if row is None and project is not None:
            self.project.set_value(project)
        self.begin()
        self._tell_trays()
        self._tell_dip()

    def focus_first(self) -> None:
        """The hole id first, which nothing can fill in."""
        if not any(field.error for field in self.fields.values()) and self.project.choice is not None:
            self.hole_id.setFocus()
        else:
            super().focus_first()

    def use_cases(self) -> tuple[Callable[..., Any], Callable[..., Any]]:
        return registry.add_drillhole, registry.change_drillhole

    def filled(self, row: DrillholeRow) -> dict[str, Any]:
        """What each field is filled with."""
        values = {name: getattr(row, name) for name in self.fields}
        return {**values, "project_id": searches.project_of(row), "status": row.status.value}

    def add_command(self, values: dict[str, Any]) -> object:
        """A new hole."""
        return AddDrillhole(**values)

    def change_command(self, row: DrillholeRow, changed: dict[str, Any]) -> object:
        """A change of this one."""
        return ChangeDrillhole(drillhole_id=row.id, version=row.version, **changed)

    def conflict_fields(self, error: Conflict) -> list[tuple[str, str]]:
        """That trays went out for it is told at the project, which must stay."""
        return [(self.project.name, f"{error.message} {error.hint}".strip())] if isinstance(error, InUse) else []

    def told(self, row: DrillholeRow) -> str:
        """What happened, in a sentence."""
        words = tr("Hole {name} is added.") if self.row is None else tr("Hole {name} is changed.")
        return words.format(name=row.hole_id)

    def know_sizes(self, sizes: Sequence[str], capacities: Capacities) -> None:
        """The shed's tray sizes have been read."""
        self._sizes, self._capacities = tuple(sizes), capacities
        self._tell_trays()

    def _sizes_like(self, words: str) -> Sequence[str]:
        wanted = words.casefold()
        return [size for size in self._sizes if size.casefold().startswith(wanted)]

    def _tell_trays(self) -> None:
        size = self.core_size.value()
        self.eoh_depth.set_note(trays_note(self.eoh_depth.value(), size, self._capacities))
        known = not size or size.casefold() in {name.casefold() for name in self._sizes}
        self.core_size.set_note("" if known or not self._sizes else tr("Not a tray size of this shed."))

    def _tell_dip(self) -> None:
        dip = self.dip.value()
        self.dip.set_note(tr("This points upwards.") if dip is not None and dip > 0 else tr("Down is negative."))

    def _tell_project(self, choice: Choice | None) -> None:
        row = (choice.row or self._known_project(choice.id)) if choice is not None else None
        crs = tr("EPSG:{code}", code=row.crs) if isinstance(row, ProjectRow) and row.crs else ""
        self.fields["easting"].set_note(crs)
        self.fields["northing"].set_note(crs)


def _grid(name: str, title: str, unit: str = "") -> NumberField:
    return NumberField(name, title, rule=_grid_rule, unit=unit)


def _options(words: dict[str, str]) -> list[tuple[str, str]]:
    return [(key, tr(word)) for key, word in words.items()]


def _depth_rule(value: float) -> str:
    if value <= 0:
        return tr("The depth must be more than 0 m. Leave it empty where it is not known.")
    return tr("At most {most} m.", most=number(_DEEPEST_M)) if value > _DEEPEST_M else ""


def _azimuth_rule(value: float) -> str:
    return "" if 0 <= value < 360 else tr("From 0 to under 360 degrees.")


def _dip_rule(value: float) -> str:
    return "" if -90 <= value <= 90 else tr("From −90, straight down, to 90 degrees.")


def _grid_rule(value: float) -> str:
    return "" if abs(value) <= _FARTHEST else tr("No grid reaches that far.")


def _epsg_rule(value: float) -> str:
    least, most = _EPSG
    return "" if least <= value <= most else tr("EPSG codes go from {least} to {most}.", least=least, most=most)
