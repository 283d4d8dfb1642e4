"""Companies."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request, Response

from coresafe.api import answers
from coresafe.api.access import Who, needs
from coresafe.api.answers import PageOf, PageOfSome
from coresafe.api.bodies import CompanyChange, NewCompany, sent
from coresafe.api.fields import PathId
from coresafe.api.queries import CompanyQuery
from coresafe.api.routes import ADDS, CHANGES, READS, READS_ONE, IfMatch, Key, make_router, version_from
from coresafe.services.registry import (
    AddCompany,
    ChangeCompany,
    CompanyRow,
    RemoveCompany,
    add_company,
    change_company,
    get_company,
    list_companies,
    remove_company,
)

router = make_router("/companies", "Companies")


@router.get("", response_model=PageOf[CompanyRow] | PageOfSome, responses=READS, operation_id="list_companies")
@needs(list_companies.permission)
def all_companies(who: Who, query: Annotated[CompanyQuery, Query()]) -> Response:
    """A page of companies, by name."""
    return answers.page(list_companies(who, query.query()), CompanyRow, query.fields)


@router.post("", status_code=201, response_model=CompanyRow, responses=ADDS, operation_id="add_company")
@needs(add_company.permission)
def new_company(who: Who, body: NewCompany, key: Key = None) -> Response:
    """Add a company; its name is unique, compared without case and outer blanks."""
    return answers.row(add_company(who, AddCompany(**sent(body)), key), 201, location="/api/v1/companies")


@router.get("/{company_id}", response_model=CompanyRow, responses=READS_ONE, operation_id="get_company")
@needs(get_company.permission)
def one_company(who: Who, company_id: PathId) -> Response:
    """One company."""
    return answers.row(get_company(who, company_id))


@router.put("/{company_id}", response_model=CompanyRow, responses=CHANGES, operation_id="change_company")
@needs(change_company.permission)
def changed_company(
    request: Request, who: Who, company_id: PathId, body: CompanyChange, key: Key = None, _if_match: IfMatch = None
) -> Response:
    """Change a company: the fields that are sent."""
    values = sent(body) | {"version": version_from(request, body.version)}
    return answers.row(change_company(who, ChangeCompany(company_id=company_id, **values), key))


@router.delete("/{company_id}", status_code=204, responses=CHANGES, operation_id="delete_company")
@needs(remove_company.permission)
def no_company(request: Request, who: Who, company_id: PathId, key: Key = None, if_match: IfMatch = None) -> Response:
    """Delete a company that nothing refers to."""
    version = version_from(request, None) if if_match is not None else None
    remove_company(who, RemoveCompany(company_id=company_id, version=version), key)
    return Response(status_code=204)
