"""Examples of what is sent and answered, as the OpenAPI document shows them. A test sends each of them."""

from __future__ import annotations

from typing import Any

_TIME = "2026-10-20T12:00:00Z"
_ROW = {"version": 1, "created_at": _TIME, "updated_at": _TIME}
_HQ = {"tray_size": "HQ"}

#: operation id → the bodies it shows, by a name of each.
SENT: dict[str, dict[str, Any]] = {
    "login": {"a user": {"username": "otto", "password": "Drill-Core-77"}},
    "register": {
        "somebody new": {
            "username": "esi",
            "email": "esi@mine.example",
            "full_name": "Esi Boateng",
            "password": "Bore-Hole-42",
        }
    },
    "refresh_tokens": {"a token": {"refresh_token": "eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl"}},
    "change_password": {"a new one": {"current_password": "Drill-Core-77", "new_password": "Bore-Hole-42"}},
    "add_company": {"a client": {"name": "Ashanti Gold", "contact_email": "trays@ashanti.example"}},
    "change_company": {"a telephone number": {"version": 1, "contact_phone": "+233 30 200 0000"}},
    "add_project": {
        "a project": {"code": "THA", "name": "Thabazimbi", "company_id": 1, "location": "Limpopo", "crs": 32735}
    },
    "change_project": {"it is done": {"version": 1, "status": "completed"}},
    "add_drillhole": {
        "a hole": {
            "hole_id": "THA-001",
            "project_id": 1,
            "eoh_depth": 350.5,
            "core_size": "HQ",
            "easting": 612345.6,
            "northing": 7264001.2,
            "elevation": 1012.3,
            "azimuth": 270,
            "dip": -60,
            "drilled_on": "2026-03-14",
        }
    },
    "change_drillhole": {"its end": {"version": 1, "eoh_depth": 402.25, "status": "completed"}},
    "add_dispatch": {
        "empty trays to a rig": {
            "project_id": 1,
            "company_id": 1,
            "driver": "Kofi",
            "technician": "Ama",
            "vehicle": "GT 4711-20",
            "destination": "Rig 3",
            "lines": [_HQ | {"quantity": 20}, {"tray_size": "NQ", "quantity": 10}],
        }
    },
    "amend_dispatch": {"another driver": {"version": 1, "driver": "Yaw"}},
    "return_dispatch": {
        "some of it": {
            "driver": "Yaw",
            "technician": "Esi",
            "lines": [_HQ | {"good": 12, "occupied": 2, "damaged": 1}],
        },
        "all that there is": {"driver": "Yaw", "technician": "Esi", "lines": [], "final": True},
    },
    "resolve_dispatch": {
        "lost": {"lines": [_HQ | {"quantity": 1}], "disposition": "lost", "reason": "washed away at the ford"}
    },
    "void_dispatch": {"entered twice": {"reason": "entered twice"}},
    "void_return": {"the wrong dispatch": {"reason": "booked to the wrong dispatch"}},
    "void_resolution": {"it turned up": {"reason": "the trays were at the laboratory"}},
    "extend_dispatch": {"a later date": {"due_at": "2027-01-31T16:00:00Z", "reason": "the rig stands still"}},
    "add_samples": {
        "one": {
            "sample_id": "THA001-0042",
            "sample_type": "assay",
            "drillhole_id": 1,
            "from_depth": 41.0,
            "to_depth": 42.0,
        },
        "many": [
            {
                "sample_id": "THA001-0043",
                "sample_type": "assay",
                "drillhole_id": 1,
                "from_depth": 42.0,
                "to_depth": 43.0,
            },
            {"sample_id": "THA001-0044", "sample_type": "crm_standard"},
        ],
    },
    "change_sample": {"at the laboratory": {"version": 1, "status": "processing"}},
    "set_base_inventory": {"a count": _HQ | {"base_quantity": 1200, "reason": "counted in October"}},
    "move_stock": {
        "bought": _HQ | {"kind": "purchase", "quantity": 100, "reason": "order 4711"},
        "damaged": _HQ | {"kind": "damage", "quantity": 2, "reason": "run over", "from": "available"},
    },
    "add_shed": {"a second shed": {"name": "North shed", "code": "NORTH", "time_zone": "Africa/Accra"}},
    "change_shed": {"another name": {"version": 1, "name": "Main core shed"}},
    "set_tray_sizes": {
        "one": {"name": "BTW", "core_mm": 42.0, "rows": 6, "capacity_m": 6},
        "several": {"items": [{"name": "BTW"}, {"name": "NTW", "core_mm": 56.0, "is_active": True}]},
    },
    "add_user": {
        "a technician": {
            "username": "abena",
            "email": "abena@mine.example",
            "role": "operator",
            "password": "Bore-Hole-42",
        }
    },
    "change_user": {"switched off": {"version": 1, "is_active": False}},
}

_LINE = _HQ | {
    "contents": "empty",
    "quantity": 20,
    "good": 12,
    "occupied": 2,
    "damaged": 1,
    "lost": 0,
    "recovered": 0,
    "surplus": 0,
    "outstanding": 5,
}
_SAMPLE = _ROW | {
    "id": 42,
    "sample_id": "THA001-0042",
    "sample_type": "assay",
    "dispatch_id": None,
    "dispatch_number": None,
    "drillhole_id": 1,
    "hole_id": "THA-001",
    "from_depth": 41.0,
    "to_depth": 42.0,
    "status": "collected",
    "entered_by": "otto",
}
_STOCK = _HQ | {
    "shed_id": 1,
    "base": 1200,
    "available": 1100,
    "occupied": 60,
    "damaged": 15,
    "in_transit": 0,
    "outstanding": 25,
    "lost": 4,
    "scrapped": 11,
}
_REFERENCE = {"dispatch_id": 1, "number": "D-2026-000123", "shed_id": 1, "company_id": 1, "company": "Ashanti Gold"}
_FIGURES = {"dispatches": 41, "closed": 38, "matched": 35, "match_rate": 0.9210526315789473, "discrepancies": 4}
_TRAYS = {"trays_out": 40, "trays_returned": 21, "lost": 4}
#: Schema → a value of it.
ANSWERED: dict[str, dict[str, Any]] = {
    "TokenPair": {
        "access_token": "eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl",
        "refresh_token": "eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl",
        "token_type": "bearer",
        "expires_in": 1800,
    },
    "UserRow": _ROW
    | {
        "id": 3,
        "username": "otto",
        "email": "otto@mine.example",
        "full_name": None,
        "role": "operator",
        "is_active": True,
        "must_change_password": False,
        "approved_at": _TIME,
        "locked_until": None,
        "last_sign_in_at": _TIME,
    },
    "CompanyRow": _ROW
    | {
        "id": 1,
        "name": "Ashanti Gold",
        "contact_email": "trays@ashanti.example",
        "contact_phone": None,
        "is_active": True,
    },
    "ProjectRow": _ROW
    | {
        "id": 1,
        "code": "THA",
        "name": "Thabazimbi",
        "company_id": 1,
        "company_name": "Ashanti Gold",
        "location": "Limpopo",
        "crs": 32735,
        "status": "active",
    },
    "DrillholeRow": _ROW
    | {
        "id": 1,
        "hole_id": "THA-001",
        "project_id": 1,
        "project_code": "THA",
        "company_id": 1,
        "company_name": "Ashanti Gold",
        "eoh_depth": 350.5,
        "core_size": "HQ",
        "easting": 612345.6,
        "northing": 7264001.2,
        "elevation": 1012.3,
        "azimuth": 270.0,
        "dip": -60.0,
        "drilled_on": "2026-03-14",
        "status": "active",
    },
    "DispatchRow": _ROW
    | {
        "id": 1,
        "version": 2,
        "number": "D-2026-000123",
        "status": "partially_returned",
        "shed_id": 1,
        "shed_name": "Main shed",
        "time_zone": "Africa/Accra",
        "company_id": 1,
        "company_name": "Ashanti Gold",
        "project_id": 1,
        "project_code": "THA",
        "drillhole_id": None,
        "hole_id": None,
        "dispatched_at": "2026-10-18T08:00:00Z",
        "due_at": "2026-10-25T08:00:00Z",
        "driver": "Kofi",
        "technician": "Ama",
        "vehicle": "GT 4711-20",
        "destination": "Rig 3",
        "samples_collected": None,
        "sample_type": None,
        "notes": None,
        "reason": None,
        "quantity": 20,
        "outstanding": 5,
        "final": False,
        "matched": False,
        "discrepancy": True,
        "days_out": 2,
        "overdue": False,
        "closed_at": None,
        "voided_at": None,
        "void_reason": None,
        "entered_by": "otto",
        "lines": [_LINE],
        "returns": [
            {
                "id": 1,
                "number": "R-2026-000098",
                "returned_at": _TIME,
                "entered_at": _TIME,
                "shed_id": 1,
                "driver": "Yaw",
                "technician": "Esi",
                "final": False,
                "condition_notes": None,
                "reason": None,
                "voided_at": None,
                "void_reason": None,
                "entered_by": "otto",
                "lines": [_HQ | {"good": 12, "occupied": 2, "damaged": 1, "surplus": 0}],
            }
        ],
        "resolutions": [],
    },
    "SampleRow": _SAMPLE,
    "RecordedSample": _SAMPLE | {"warnings": []},
    "StockRow": _STOCK,
    "Available": _HQ | {"available": 1100},
    "MovementRow": _HQ
    | {
        "id": 4711,
        "at": "2026-10-18T08:00:00Z",
        "entered_at": "2026-10-18T08:00:02Z",
        "kind": "dispatch",
        "of_kind": "dispatch",
        "quantity": 20,
        "from_account": "available",
        "to_account": "out",
        "shed_id": 1,
        "to_shed_id": 1,
        "shed_name": "Main shed",
        "company_id": 1,
        "company_name": "Ashanti Gold",
        "dispatch_id": 1,
        "dispatch_number": "D-2026-000123",
        "return_id": None,
        "return_number": None,
        "stocktake_id": None,
        "stocktake_number": None,
        "transfer_id": None,
        "transfer_number": None,
        "user": "otto",
        "reason": None,
    },
    "ShedRow": _ROW
    | {
        "id": 1,
        "name": "Main shed",
        "code": "MAIN",
        "time_zone": "Africa/Accra",
        "is_active": True,
        "closed_through": 202609,
    },
    "TraySizeRow": _ROW
    | {
        "id": 3,
        "name": "HQ",
        "core_mm": 63.5,
        "hole_mm": 96.0,
        "rows": 4,
        "capacity_m": 4.0,
        "empty_mass_kg": None,
        "position": 3,
        "is_active": True,
    },
    "AuditRow": {
        "id": 90210,
        "at": _TIME,
        "user_id": 2,
        "user": "mary",
        "door": "api",
        "machine": "10.0.0.7",
        "action": "change",
        "record_type": "company",
        "record_id": "1",
        "old": {"contact_phone": None},
        "new": {"contact_phone": "+233 30 200 0000"},
        "reason": None,
        "operation_id": "0b6f6f0e-8f1c-4a55-9a0c-1e7f6f6a9b01",
    },
    "Health": {"status": "ok", "version": "1.0.0"},
    "Dashboard": {
        "as_of": _TIME,
        "shed_id": 1,
        "inventory": [_STOCK],
        "dispatches": {
            "total": 41,
            "open": 2,
            "outstanding": 1,
            "partially_returned": 1,
            "closed": 38,
            "voided": 1,
            "matched": 35,
            "discrepancy": 4,
        },
        "match_rate": 0.9210526315789473,
        "overdue": {"dispatches": 1, "trays": 20, "oldest_days": 9},
        "today": {"day": "2026-10-20", "dispatches": 1, "dispatched": 20, "returns": 1, "returned": 15},
        "samples": {
            "total": 1240,
            "by_status": {"collected": 40, "processing": 200, "completed": 1000},
            "by_type": {"core": 600, "assay": 500, "crm_standard": 80, "blank": 60},
        },
    },
    "Reconciliation": {
        "shed_id": 1,
        "since": "2026-10-01T00:00:00Z",
        "until": _TIME,
        "as_of": _TIME,
        "totals": [
            _HQ
            | {
                "opening": 1100,
                "opened": 0,
                "purchased": 104,
                "found": 0,
                "recovered": 0,
                "received": 0,
                "sent": 0,
                "lost": 4,
                "scrapped": 0,
                "adjusted": 0,
                "stocktake": 0,
                "closing_owned": 1200,
                "available": 1100,
                "occupied": 60,
                "damaged": 15,
                "in_transit": 0,
                "outstanding": 25,
                "closing_counted": 1200,
                "difference": 0,
            }
        ],
        "outstanding": [
            _REFERENCE
            | {
                "project_code": "THA",
                "hole": None,
                "dispatched_at": "2026-10-18T08:00:00Z",
                "due_at": "2026-10-25T08:00:00Z",
                "days_out": 2,
                "overdue": False,
                "age": "green",
                "quantity": 40,
                "outstanding": 25,
                "lines": [_HQ | {"quantity": 40, "outstanding": 25}],
            }
        ],
        "discrepancies": [
            _REFERENCE
            | {
                "kinds": ["damaged"],
                "at": _TIME,
                "lines": [_HQ | {"short": 0, "damaged": 1, "surplus": 0, "lost": 0, "recovered": 0}],
            }
        ],
        "accounts": [
            _HQ
            | {
                "company_id": 1,
                "company": "Ashanti Gold",
                "opening": 10,
                "out": 40,
                "returned": 21,
                "lost": 4,
                "adjusted": 0,
                "closing": 25,
            }
        ],
        "accounts_difference": 0,
        "stocktakes": [],
    },
    "Analytics": {
        "shed_id": 1,
        "since": "2026-10-01T00:00:00Z",
        "until": "2026-11-01T00:00:00Z",
        "as_of": _TIME,
        "by_company": [
            {"company_id": 1, "company": "Ashanti Gold", **_FIGURES, **_TRAYS, "outstanding": 25},
        ],
        "by_project": [
            {
                "project_id": 1,
                "code": "THA",
                "project": "Thabazimbi",
                "company_id": 1,
                "company": "Ashanti Gold",
                **_FIGURES,
            },
        ],
        "by_sample_type": [{"sample_type": "assay", "total": 500, "collected": 10, "processing": 90, "completed": 400}],
        "by_month": [{"month": "2026-10", **_FIGURES, **_TRAYS}],
    },
}


def _problem(code: str, detail: str, **more: Any) -> dict[str, Any]:
    return {"detail": detail, "error_code": code, "timestamp": _TIME, **more}


#: Status → errors, by their codes.
PROBLEMS: dict[int, dict[str, Any]] = {
    400: {
        "VALIDATION_ERROR": _problem(
            "VALIDATION_ERROR",
            "Driver is missing. Enter it.",
            errors=[{"field": "driver", "message": "Driver is missing. Enter it."}],
        )
    },
    401: {
        "UNAUTHENTICATED": _problem(
            "UNAUTHENTICATED", "Sign in first: send the access token as `Authorization: Bearer …`."
        ),
        "TOKEN_EXPIRED": _problem("TOKEN_EXPIRED", "The access token has run out. Refresh it."),
    },
    403: {"FORBIDDEN": _problem("FORBIDDEN", "Only managers may do this. Ask a supervisor.")},
    404: {"NOT_FOUND": _problem("NOT_FOUND", "There is no such dispatch.")},
    409: {
        "INSUFFICIENT_STOCK": _problem(
            "INSUFFICIENT_STOCK",
            "There are not enough trays: HQ 20 asked, 12 there. Nothing was changed.",
            shortages=[_HQ | {"requested": 20, "available": 12}],
        ),
        "STALE_VERSION": _problem(
            "STALE_VERSION",
            "Company Ashanti Gold was changed by somebody else meanwhile. Nothing was changed.",
            current=ANSWERED["CompanyRow"] | {"version": 2},
        ),
        "OVER_RETURN": _problem(
            "OVER_RETURN",
            "More trays than are out. Enter the rest as surplus if they are really there.",
            lines=[_HQ | {"entered": 21, "outstanding": 20}],
        ),
        "DUPLICATE": _problem(
            "DUPLICATE",
            "There is a company Ashanti Gold already. Choose another, or use that one.",
            errors=[
                {
                    "field": "name",
                    "message": "There is a company Ashanti Gold already. Choose another, or use that one.",
                }
            ],
        ),
    },
    413: {
        "PAYLOAD_TOO_LARGE": _problem(
            "PAYLOAD_TOO_LARGE",
            "The body is too large; at most 1,000,000 bytes are read. Send less at a time.",
        )
    },
    429: {
        "RATE_LIMITED": _problem("RATE_LIMITED", "Too many requests from here. Try again in 3 s."),
        "ACCOUNT_LOCKED": _problem("ACCOUNT_LOCKED", "Too many wrong passwords. Try again in 15 minutes."),
    },
    500: {
        "INTERNAL_ERROR": _problem(
            "INTERNAL_ERROR", "Something went wrong inside CoreSafe. Tell whoever looks after it this id: 1f3a…"
        )
    },
    503: {"DATABASE_UNAVAILABLE": _problem("DATABASE_UNAVAILABLE", "The database cannot be reached.")},
}
