"""What is sent: the bodies of POST and PUT, one class each. Commands of the services are made from them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from coresafe.api.fields import (
    Amount,
    AnyCode,
    AnyName,
    AnyShortName,
    Body,
    Code,
    Day,
    Depth,
    Email,
    Flag,
    Id,
    Moment,
    Name,
    NewPassword,
    Notes,
    Number,
    Password,
    Quantity,
    Reason,
    ShortName,
    Unless,
    Version,
    Whole,
    number,
)
from coresafe.models.enums import (
    Contents,
    DrillholeStatus,
    ProjectStatus,
    Role,
    SampleStatus,
    SampleType,
)


class Versioned(Body):
    """A change: the fields that are sent change, the others stay."""

    version: Version | None = None
    """The version the row was read with; it may be sent as `If-Match` instead."""


# -- signing in ----------------------------------------------------------------------------------------------------


class Login(Body):
    """A user's name and password."""

    username: Password
    password: Password


class Registration(Body):
    """Somebody who asks for an account. An administrator must approve it."""

    username: ShortName
    email: Email
    full_name: AnyName | None = None
    password: NewPassword


class RefreshRequest(Body):
    """A refresh token that was not used yet."""

    refresh_token: Password


class PasswordChange(Body):
    """One's own password, as it is and as it shall be."""

    current_password: Password
    new_password: NewPassword


# -- companies, projects, drillholes ----------------------------------------------------------------------------------


class NewCompany(Body):
    """A client company."""

    name: Name
    contact_email: Email | None = None
    contact_phone: AnyShortName | None = None
    is_active: Flag = True


class CompanyChange(Versioned):
    """What of a company changes."""

    name: Unless[Name] = None
    contact_email: Email | None = None
    contact_phone: AnyShortName | None = None
    is_active: Unless[Flag] = None


Crs = Annotated[Whole, number(1024, 32767)]


class NewProject(Body):
    """An exploration project; `code` is short and unique, `crs` an EPSG code."""

    code: Code
    name: Name
    company_id: Id
    location: AnyName | None = None
    crs: Crs | None = None
    status: ProjectStatus = ProjectStatus.ACTIVE


class ProjectChange(Versioned):
    """What of a project changes."""

    code: Unless[Code] = None
    name: Unless[Name] = None
    company_id: Unless[Id] = None
    location: AnyName | None = None
    crs: Crs | None = None
    status: Unless[ProjectStatus] = None


Coordinate = Annotated[Number, number(-1e9, 1e9)]
Azimuth = Annotated[Number, number(0, 360, below=True)]
Dip = Annotated[Number, number(-90, 90)]
#: More than nothing, to the millimetre.
EohDepth = Annotated[Number, number(0.0005, 15_000)]


class NewDrillhole(Body):
    """A hole: depths and elevation in metres, angles in degrees, dip negative downwards, coordinates in the project's CRS."""

    hole_id: ShortName
    project_id: Id
    eoh_depth: EohDepth | None = None
    core_size: AnyCode | None = None
    easting: Coordinate | None = None
    northing: Coordinate | None = None
    elevation: Coordinate | None = None
    azimuth: Azimuth | None = None
    dip: Dip | None = None
    drilled_on: Day | None = None
    status: DrillholeStatus = DrillholeStatus.ACTIVE


class DrillholeChange(Versioned):
    """What of a hole changes."""

    hole_id: Unless[ShortName] = None
    project_id: Unless[Id] = None
    eoh_depth: EohDepth | None = None
    core_size: AnyCode | None = None
    easting: Coordinate | None = None
    northing: Coordinate | None = None
    elevation: Coordinate | None = None
    azimuth: Azimuth | None = None
    dip: Dip | None = None
    drilled_on: Day | None = None
    status: Unless[DrillholeStatus] = None


# -- dispatches -------------------------------------------------------------------------------------------------------


class DispatchLine(Body):
    """So many trays of a size: `empty` ones, or full of `core`."""

    tray_size: Code
    quantity: Quantity
    contents: Contents = Contents.EMPTY


SampleCount = Annotated[Whole, number(0, 1_000_000)]
DispatchLines = Annotated[list[DispatchLine], Field(json_schema_extra={"minItems": 1, "maxItems": 50})]


class NewDispatch(Body):
    """Trays that leave a shed. Without a shed the first one, without times now and the installation's days later."""

    project_id: Id
    drillhole_id: Id | None = None
    company_id: Id
    shed_id: Id | None = None
    dispatched_at: Moment | None = None
    due_at: Moment | None = None
    driver: Name
    technician: Name
    vehicle: AnyShortName | None = None
    destination: AnyName | None = None
    lines: DispatchLines
    samples_collected: SampleCount | None = None
    sample_type: SampleType | None = None
    notes: Notes | None = None
    reason: Notes | None = None
    """Needed where it happened longer ago than the installation allows."""


class DispatchChange(Versioned):
    """A correction of an open dispatch. Company, shed and the time it left may be sent as they are; they never change."""

    project_id: Unless[Id] = None
    drillhole_id: Id | None = None
    company_id: Unless[Id] = None
    shed_id: Unless[Id] = None
    dispatched_at: Unless[Moment] = None
    due_at: Unless[Moment] = None
    driver: Unless[Name] = None
    technician: Unless[Name] = None
    vehicle: AnyShortName | None = None
    destination: AnyName | None = None
    lines: Unless[DispatchLines] = None
    """Only while nothing has come back."""
    samples_collected: SampleCount | None = None
    sample_type: SampleType | None = None
    notes: Notes | None = None
    reason: Notes | None = None


class ReturnLine(Body):
    """What came back of one size: good, occupied (holding core), damaged; `surplus` beyond what was sent."""

    tray_size: Code
    good: Amount = 0
    occupied: Amount = 0
    damaged: Amount = 0
    surplus: Amount = 0


class NewReturn(Body):
    """A delivery that comes back. `final`: that is all he has."""

    returned_at: Moment | None = None
    driver: Name
    technician: Name
    shed_id: Id | None = None
    """The shed that receives it; without one, the shed that sent."""
    lines: Annotated[list[ReturnLine], Field(json_schema_extra={"maxItems": 50})]
    final: Flag = False
    condition_notes: Notes | None = None
    reason: Notes | None = None
    version: Version | None = None


class LostLine(Body):
    """So many trays of a size that will not come back."""

    tray_size: Code
    quantity: Quantity


class NewResolution(Body):
    """What became of trays that are missing."""

    lines: Annotated[list[LostLine], Field(json_schema_extra={"minItems": 1, "maxItems": 50})]
    disposition: Literal["lost"]
    reason: Reason
    version: Version | None = None


class Void(Body):
    """Why an entry is taken back."""

    reason: Reason
    version: Version | None = None


class Extension(Body):
    """A new due date, and why."""

    due_at: Moment
    reason: Reason
    version: Version | None = None


# -- samples ----------------------------------------------------------------------------------------------------------


class NewSample(Body):
    """A sample: an interval of a hole in metres, or one that checks the laboratory and has none."""

    sample_id: ShortName
    sample_type: SampleType
    dispatch_id: Id | None = None
    drillhole_id: Id | None = None
    from_depth: Depth | None = None
    to_depth: Depth | None = None
    status: SampleStatus = SampleStatus.COLLECTED


class SampleChange(Versioned):
    """What of a sample changes."""

    sample_id: Unless[ShortName] = None
    sample_type: Unless[SampleType] = None
    dispatch_id: Id | None = None
    drillhole_id: Id | None = None
    from_depth: Depth | None = None
    to_depth: Depth | None = None
    status: Unless[SampleStatus] = None


# -- stock ------------------------------------------------------------------------------------------------------------


class BaseInventory(Body):
    """How many trays of a size the shed owns, wherever they are. The difference is posted."""

    tray_size: Code
    base_quantity: Amount
    reason: Reason
    shed_id: Id | None = None
    expected_base: Annotated[Whole, number(0, 2**31 - 1)] | None = None
    """What it was thought to be before."""


class StockMove(Body):
    """Trays that come, go or change their state within a shed."""

    kind: Literal["purchase", "fill", "release", "damage", "repair", "scrap", "recovery", "found"]
    tray_size: Code
    quantity: Quantity
    reason: Reason
    shed_id: Id | None = None
    from_: Annotated[Literal["available", "occupied", "damaged"] | None, Field(alias="from")] = None
    """Where they are taken from, where there is a choice: *damage* and *scrap*."""
    to: Literal["available", "occupied", "damaged"] | None = None
    """Where recovered trays go."""
    dispatch_id: Id | None = None
    """Of a *recovery*: on which dispatch they were lost."""


# -- sheds and sizes --------------------------------------------------------------------------------------------------


class NewShed(Body):
    """A place that stocks trays; `time_zone` is an IANA name, without one the server's."""

    name: Name
    code: Code
    time_zone: ShortName | None = None
    is_active: Flag = True


class ShedChange(Versioned):
    """What of a shed changes."""

    name: Unless[Name] = None
    code: Unless[Code] = None
    time_zone: Unless[ShortName] = None
    is_active: Unless[Flag] = None


Millimetres = Annotated[Number, number(0.1, 1000)]
Metres = Annotated[Number, number(0.01, 1000)]


class TraySizeState(Body):
    """A tray size by its name: a known one is changed (and needs its version), another one added."""

    name: Code
    version: Version | None = None
    core_mm: Millimetres | None = None
    hole_mm: Millimetres | None = None
    rows: Annotated[Whole, number(1, 100)] | None = None
    capacity_m: Metres | None = None
    empty_mass_kg: Annotated[Number, number(0.01, 1000)] | None = None
    position: Unless[Annotated[Whole, number(0, 10_000)]] = None
    is_active: Unless[Flag] = None


class TraySizeStates(Body):
    """Several tray sizes, all or none; sizes that are not named stay as they are."""

    items: Annotated[list[TraySizeState], Field(json_schema_extra={"minItems": 1, "maxItems": 100})]


# -- users ------------------------------------------------------------------------------------------------------------


class NewUser(Body):
    """A user."""

    username: ShortName
    email: Email
    full_name: AnyName | None = None
    role: Role
    is_active: Flag = True
    password: NewPassword


class UserChange(Versioned):
    """What of a user changes. A new password is temporary; a new role, a switch-off or `sign_out` end his sessions."""

    username: Unless[ShortName] = None
    email: Unless[Email] = None
    full_name: AnyName | None = None
    role: Unless[Role] = None
    is_active: Unless[Flag] = None
    password: Unless[NewPassword] = None
    sign_out: Flag = False


def sent(body: Body) -> dict[str, Any]:
    """The fields that were sent, and only those."""
    return body.model_dump(exclude_unset=True)
