"""What can be imported: the fields of each kind of record, and the names their columns go by in files.

A column is recognised by its name folded (without case, accents, blanks and punctuation); by the first ten characters
of a name, for shape files cut them there; and by its words without units and grid names (``Easting_MGA94``,
``Depth (m)``). The names stand in order: the first one found is taken.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum


class RecordType(StrEnum):
    """What a file holds, as the command line and the audit trail say it."""

    COMPANIES = "companies"
    PROJECTS = "projects"
    DRILLHOLES = "drillholes"


class Kind(StrEnum):
    """How the cells of a field are read."""

    TEXT = "text"
    NUMBER = "number"
    DEPTH = "depth"
    WHOLE = "whole"
    DATE = "date"
    WORD = "word"
    FLAG = "flag"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field: how it is read, whether a file must have it, and the column names it goes by."""

    name: str
    kind: Kind
    names: tuple[str, ...]
    required: bool = False


def _field(name: str, kind: Kind, names: str, *, required: bool = False) -> Field:
    return Field(name=name, kind=kind, names=tuple(names.split()), required=required)


FIELDS: dict[RecordType, tuple[Field, ...]] = {
    RecordType.COMPANIES: (
        _field("name", Kind.TEXT, "NAME COMPANY COMPANY_NAME CLIENT CLIENT_NAME CUSTOMER EMPRESA COMPANIA CLIENTE",
               required=True),
        _field("contact_email", Kind.TEXT, "CONTACT_EMAIL EMAIL E-MAIL MAIL CORREO EMAIL_ADDRESS"),
        _field("contact_phone", Kind.TEXT, "CONTACT_PHONE PHONE TELEPHONE TEL MOBILE TELEFONO PHONE_NUMBER"),
        _field("is_active", Kind.FLAG, "IS_ACTIVE ACTIVE"),
    ),
    RecordType.PROJECTS: (
        _field("code", Kind.TEXT, "CODE PROJECT_CODE PROJECT_ID PROJ_CODE PROJECT PROJ CODIGO PROYECTO", required=True),
        _field("name", Kind.TEXT, "NAME PROJECT_NAME TITLE PROSPECT NOMBRE DESCRIPTION"),
        _field("company", Kind.TEXT, "COMPANY COMPANY_NAME CLIENT CLIENT_NAME OWNER OPERATOR EMPRESA CLIENTE",
               required=True),
        _field("location", Kind.TEXT, "LOCATION PLACE REGION AREA UBICACION LOCALITY"),
        _field("crs", Kind.WHOLE, "CRS EPSG EPSG_CODE CRS_EPSG SRID"),
        _field("status", Kind.WORD, "STATUS PROJECT_STATUS STATE ESTADO"),
    ),
    RecordType.DRILLHOLES: (
        _field("hole_id", Kind.TEXT, "HOLE_ID HOLEID BHID DHID DDH DRILLHOLE_ID DRILL_HOLE_ID DRILLHOLE_NUMBER "
               "HOLE_NUMBER HOLE_NO HOLE_NAME HOLE BOREHOLE_ID BOREHOLE BORE_ID BH_ID DH_ID DRILLHOLE DRILL_HOLE "
               "COLLAR_ID COLLAR WELL_ID DH_NAME DH_NO HOLE_CODE SITE_ID SONDAJE SONDEO POZO BARRENO ID_POZO "
               "ID_SONDAJE ID_HOLE FORAGE SONDAGE FURO BOHRUNG NAME", required=True),
        _field("project", Kind.TEXT, "PROJECT_CODE PROJECT PROJ PROJECT_ID PROJ_CODE PROYECTO PROJETO"),
        _field("eoh_depth", Kind.DEPTH, "EOH_DEPTH EOH DEPTH TOTAL_DEPTH MAX_DEPTH HOLE_DEPTH END_OF_HOLE LENGTH "
               "HOLE_LENGTH TOTAL_LENGTH FINAL_DEPTH END_DEPTH DEPTH_EOH DEPTH_MAX EOH_M TD PROFUNDIDAD LARGO "
               "LONGITUD_TOTAL PROF PROF_TOTAL PROFUNDIDADE PROFONDEUR LONGUEUR TEUFE METRES METERS DRILLED_DEPTH"),
        _field("core_size", Kind.TEXT, "CORE_SIZE HOLE_SIZE CORE_DIAMETER HOLE_DIAMETER DRILL_DIAMETER DRILL_SIZE "
               "HOLE_DIAM CORE_DIAM DIAMETER SIZE BIT_SIZE DIAMETRO"),
        _field("easting", Kind.NUMBER, "EASTING EAST X X_COORD COORD_X X_COLLAR COLLAR_X XCOLLAR EASTING_X X_EASTING "
               "COLLAR_EASTING COLLAR_EAST ESTE ESTE_X X_ESTE COORD_ESTE EAST_X UTM_E UTM_X MGA_E E_MGA E X_UTM MGAE "
               "EST LESTE RECHTSWERT"),
        _field("northing", Kind.NUMBER, "NORTHING NORTH Y Y_COORD COORD_Y Y_COLLAR COLLAR_Y YCOLLAR NORTHING_Y "
               "Y_NORTHING COLLAR_NORTHING COLLAR_NORTH NORTE NORTE_Y Y_NORTE COORD_NORTE NORTH_Y UTM_N UTM_Y MGA_N "
               "N_MGA N Y_UTM MGAN NORD HOCHWERT"),
        _field("elevation", Kind.NUMBER, "ELEVATION RL Z COLLAR_RL ELEV Z_COORD COORD_Z Z_COLLAR COLLAR_Z ZCOLLAR "
               "RL_COLLAR COLLAR_ELEVATION REDUCED_LEVEL COTA COTA_Z Z_COTA ELEVACION ALTITUDE ALTITUD HEIGHT ELEV_RL "
               "AHD RL_AHD ALT Z_RL HOEHE"),
        _field("azimuth", Kind.NUMBER, "AZIMUTH AZI AZ AZIMUT AZIM COLLAR_AZIMUTH COLLAR_AZI TRUE_AZIMUTH AZI_TRUE "
               "AZIMUTH_TRUE AZIMUTH_GRID GRID_AZIMUTH AZI_GRID BEARING AZIMUTE RUMBO"),
        _field("dip", Kind.NUMBER, "DIP COLLAR_DIP INCLINATION INCL DIP_ANGLE BUZAMIENTO INCLINACION MERGULHO PLUNGE"),
        _field("drilled_on", Kind.DATE, "DRILLED_ON DATE_DRILLED DRILL_DATE DRILLING_DATE COLLAR_DATE DATE FECHA DATA"),
        _field("started_on", Kind.DATE, "START_DATE DRILL_START_DATE DATE_STARTED STARTED_ON DATE_START START "
               "BEGIN_DATE DATE_BEGIN "
               "COMMENCED DATE_COMMENCED FECHA_INICIO"),
        _field("finished_on", Kind.DATE, "FINISH_DATE END_DATE DRILL_END_DATE DATE_COMPLETED COMPLETED_ON "
               "DATE_FINISHED DATE_FINISH "
               "COMPLETION_DATE FINISHED_ON DATE_END END COMPLETED FECHA_FIN FECHA_TERMINO"),
        _field("status", Kind.WORD, "STATUS HOLE_STATUS DRILLING_STATUS DRILL_STATUS ESTADO"),
    ),
}  # fmt: skip

#: Words of files for the words of the domain.
STATUS_WORDS: dict[RecordType, dict[str, str]] = {
    RecordType.PROJECTS: {
        **dict.fromkeys(("active", "current", "open", "ongoing", "activo"), "active"),
        **dict.fromkeys(("inactive", "closed", "on hold", "suspended", "inactivo"), "inactive"),
        **dict.fromkeys(("completed", "complete", "finished", "done"), "completed"),
    },
    RecordType.DRILLHOLES: {
        **dict.fromkeys(("active", "drilling", "in progress", "open", "planned", "started", "current"), "active"),
        **dict.fromkeys(("completed", "complete", "finished", "done", "drilled", "closed"), "completed"),
        **dict.fromkeys(("abandoned", "abandonded", "failed", "lost"), "abandoned"),
    },
}

#: Words of a column name that say the unit, the grid or the thing itself, and not which field it is.
_NOISE = frozenset({
    "m", "metre", "metres", "meter", "meters", "ft", "feet", "foot", "mm", "deg", "degree", "degrees", "mga", "amg",
    "utm", "gda", "wgs", "wgs84", "gda94", "gda2020", "mga94", "mga2020", "psad", "psad56", "nad", "nad27", "nad83",
    "sirgas", "zone", "z50", "z51", "z52", "z53", "z54", "z55", "z56", "grid", "collar", "hole", "orig", "original",
})  # fmt: skip


def folded(name: str) -> str:
    """A column name as it is compared: letters and digits only, without case and accents."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    return "".join(c for c in plain if c.isalnum())


def core_words(name: str) -> str:
    """The words of a column name that are left without units, grids and numbers, folded."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    words = re.findall(r"[a-z]+\d*|\d+", plain)
    return "".join(word for word in words if word not in _NOISE and not word.isdigit())


def field_of(record_type: RecordType, name: str) -> Field | None:
    """The field of that name, if the kind of record has it."""
    return next((field for field in FIELDS[record_type] if field.name == name), None)
