"""/v1/domains: what programs can be about, shipped or brought by installed packages, and their primitives."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from app.api.access import READ
from app.api.dependencies import Limit
from app.api.problems import documented
from app.api.strict import StrictRoute
from app.api.v1 import domain_schemas as schemas
from app.errors import NotFound
from app.surface import python_form
from library.domain import BrokenDomain, Domain, Primitive, UnknownDomain, domain_names, get_domain

router = APIRouter(prefix="/v1/domains", tags=["domains"], route_class=StrictRoute)

_NAME = r"^[\w .-]{1,100}$"


@router.get("", operation_id="list_domains", dependencies=[READ], responses=documented(422))
def list_domains(
    limit: Limit = 50,
    after: Annotated[
        str | None,
        Query(pattern=_NAME, description="A cursor: the `next` of the page before; none for the first page."),
    ] = None,
) -> schemas.DomainsOut:
    """Every domain, by name."""
    names = [name for name in domain_names() if after is None or name > after]
    following = names[limit - 1] if len(names) > limit else None
    return schemas.DomainsOut(items=[_domain_out(name) for name in names[:limit]], next=following)


@router.get("/{name}", operation_id="get_domain", dependencies=[READ], responses=documented(404, 422))
def get_one_domain(
    name: Annotated[str, Path(pattern=_NAME, description="The domain's name.")],
) -> schemas.DomainDetail:
    """One domain with its primitives."""
    try:
        domain = get_domain(name)
    except BrokenDomain:
        raise  # the package is there, and says why it can't be used
    except UnknownDomain as error:
        raise NotFound(str(error)) from None
    return schemas.DomainDetail(
        name=domain.name,
        description=domain.description,
        requests=list(domain.requests),
        primitives=[_primitive_out(domain, primitive) for primitive in domain.primitives],
    )


def _domain_out(name: str) -> schemas.DomainOut:
    try:
        domain = get_domain(name)
    except BrokenDomain as error:
        return schemas.DomainOut(name=name, description="", requests=[], primitives=0, problem=str(error))
    return schemas.DomainOut(
        name=name,
        description=domain.description,
        requests=list(domain.requests),
        primitives=len(domain.primitives),
    )


def _primitive_out(domain: Domain, primitive: Primitive) -> schemas.PrimitiveOut:
    shown = primitive.example
    example = shown and schemas.PrimitiveExampleOut(
        program=shown.program,
        python=python_form(domain.name, shown.program, shown.request),
        request=shown.request,
        inputs=list(shown.inputs),
        output=shown.output,
    )
    return schemas.PrimitiveOut(name=primitive.name, type=primitive.type, doc=primitive.doc, example=example)
