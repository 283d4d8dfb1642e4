"""Version 1 of the API: one router for each noun, put together."""

from __future__ import annotations

from fastapi import APIRouter

from coresafe.api.v1 import (
    audit,
    auth,
    companies,
    dispatches,
    drillholes,
    health,
    inventory,
    projects,
    reports,
    samples,
    sheds,
    users,
)

ROUTERS: tuple[APIRouter, ...] = (
    auth.router,
    auth.own,
    companies.router,
    projects.router,
    drillholes.router,
    dispatches.router,
    samples.router,
    inventory.router,
    sheds.router,
    reports.router,
    users.router,
    audit.router,
    health.router,
)
