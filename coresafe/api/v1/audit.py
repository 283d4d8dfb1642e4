"""The audit trail."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Response

from coresafe.api import answers
from coresafe.api.access import Who, needs
from coresafe.api.answers import PageOf, PageOfSome
from coresafe.api.queries import AuditQuery
from coresafe.api.routes import READS, make_router
from coresafe.services.audit_trail import AuditRow, list_audit

router = make_router("/audit", "Audit")


@router.get("", response_model=PageOf[AuditRow] | PageOfSome, responses=READS, operation_id="list_audit")
@needs(list_audit.permission)
def trail(who: Who, query: Annotated[AuditQuery, Query()]) -> Response:
    """A page of the audit trail, newest first. Managers see all but the entries about users."""
    return answers.page(list_audit(who, query.query()), AuditRow, query.fields)
