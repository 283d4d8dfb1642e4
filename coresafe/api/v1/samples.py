"""Samples."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request, Response
from pydantic import Discriminator, Field, Tag

from coresafe.api import answers
from coresafe.api.access import Who, needs
from coresafe.api.answers import Items, PageOf, PageOfSome
from coresafe.api.bodies import NewSample, SampleChange, sent
from coresafe.api.fields import MANY, ONE, PathId, list_or_one
from coresafe.api.queries import SampleQuery
from coresafe.api.routes import ADDS, CHANGES, READS, READS_ONE, IfMatch, Key, make_router, version_from
from coresafe.errors import Duplicate, FieldError, ValidationFailed
from coresafe.services.samples import (
    AddSample,
    AddSamples,
    ChangeSample,
    RecordedSample,
    SampleRow,
    add_sample,
    add_samples,
    change_sample,
    get_sample,
    list_samples,
)

router = make_router("/samples", "Samples")

NewSamples = Annotated[list[NewSample], Field(json_schema_extra={"minItems": 1, "maxItems": 1000})]
OneOrMany = Annotated[Annotated[NewSample, Tag(ONE)] | Annotated[NewSamples, Tag(MANY)], Discriminator(list_or_one)]


@router.get("", response_model=PageOf[SampleRow] | PageOfSome, responses=READS, operation_id="list_samples")
@needs(list_samples.permission)
def all_samples(who: Who, query: Annotated[SampleQuery, Query()]) -> Response:
    """A page of samples, newest first."""
    return answers.page(list_samples(who, query.query()), SampleRow, query.fields)


@router.post(
    "",
    status_code=201,
    response_model=RecordedSample | Items[RecordedSample],
    responses=ADDS,
    operation_id="add_samples",
)
@needs(add_sample.permission)
def new_samples(who: Who, body: OneOrMany, key: Key = None) -> Response:
    """Record a sample, or a list of up to 1,000: all or nothing. Overlaps are told in `warnings`."""
    if isinstance(body, NewSample):
        return answers.row(add_sample(who, AddSample(**sent(body)), key), 201, location="/api/v1/samples")
    try:
        added = add_samples(who, AddSamples(samples=[AddSample(**sent(each)) for each in body]), key)
    except ValidationFailed as error:
        raise ValidationFailed([FieldError(_outer(e.field), e.message) for e in error.errors]) from error
    except Duplicate as error:
        raise Duplicate(error.message, field=_outer(error.field)) from error
    return answers.items(added, 201)


def _outer(field: str) -> str:
    """The body itself is the list."""
    return field.removeprefix("samples") or "body"


@router.get("/{sample_id}", response_model=SampleRow, responses=READS_ONE, operation_id="get_sample")
@needs(get_sample.permission)
def one_sample(who: Who, sample_id: PathId) -> Response:
    """One sample, by its row's id."""
    return answers.row(get_sample(who, sample_id))


@router.put("/{sample_id}", response_model=RecordedSample, responses=CHANGES, operation_id="change_sample")
@needs(change_sample.permission)
def changed_sample(
    request: Request, who: Who, sample_id: PathId, body: SampleChange, key: Key = None, _if_match: IfMatch = None
) -> Response:
    """Change a sample: the fields that are sent. Overlaps are told in `warnings`."""
    values = sent(body) | {"version": version_from(request, body.version)}
    return answers.row(change_sample(who, ChangeSample(sample_row_id=sample_id, **values), key))
