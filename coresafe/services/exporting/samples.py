"""The samples, one row for each."""

from __future__ import annotations

import sqlalchemy as sa

from coresafe.models import Dispatch, Drillhole, Project, Sample, User
from coresafe.services.exporting.declaring import Report, depth, moment, text, word

S = Sample.__table__

SAMPLES = Report(
    name="samples",
    title="Samples",
    columns=(
        text("sample_id", S.c.sample_id),
        word("sample_type", S.c.sample_type, 16),
        word("status", S.c.status),
        word("dispatch", Dispatch.number),
        text("hole_id", Drillhole.hole_id),
        text("project", Project.code, 12),
        depth("from_depth", S.c.from_depth),
        depth("to_depth", S.c.to_depth),
        text("entered_by", User.username, 14),
        moment("created_at", S.c.created_at),
    ),
    tables=(
        S.join(User.__table__, User.id == S.c.created_by)
        .outerjoin(Dispatch.__table__, Dispatch.id == S.c.dispatch_id)
        .outerjoin(Drillhole.__table__, Drillhole.id == S.c.drillhole_id)
        # A sample that checks the laboratory has no hole; it belongs to the project of its dispatch.
        .outerjoin(Project.__table__, Project.id == sa.func.coalesce(Drillhole.project_id, Dispatch.project_id))
    ),
    listed=S,
    order=(S.c.created_at, S.c.id),
    index="ix_samples_created_at",
    at=S.c.created_at,
    shed=lambda shed: Dispatch.shed_id == shed,
    company=lambda company: Project.company_id == company,
)
