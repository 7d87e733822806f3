"""Domains that other packages bring: entry points of the group `wakesleep.domains`.

An entry point's name is the domain's, its value a `Domain`: `times = "times_domain:DOMAIN"`. A package is
imported when its domain is first asked for, and only then: one that is broken costs nobody else anything.
Shipped domains keep their names.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import EntryPoint, entry_points

from engine import EngineError, Type
from library.domain import BrokenDomain, Domain

GROUP = "wakesleep.domains"


def installed_names() -> frozenset[str]:
    """Names of the domains that installed packages say they have; nothing is imported."""
    return frozenset(entry_points(group=GROUP).names)


def installed_domain(name: str) -> Domain | None:
    """The domain that an installed package has under this name, or None.

    Raises BrokenDomain where the package can't be imported, or what it has there can't be used.
    """
    # Which domains are installed doesn't change while a process runs; importing one may take long, or fail.
    outcome = _loaded(name)
    if isinstance(outcome, BrokenDomain):
        raise BrokenDomain(str(outcome))
    return outcome


@cache
def _loaded(name: str) -> Domain | BrokenDomain | None:
    found = list(dict.fromkeys(entry_points(group=GROUP, name=name)))
    if not found:
        return None
    if len(found) > 1:
        owners = " and ".join(sorted(_distribution(point) for point in found))
        return BrokenDomain(f"domain {name!r} is in more than one package: {owners}; uninstall all but one")
    (point,) = found
    try:
        domain = point.load()
    except (Exception, SystemExit) as error:  # its code may do anything; the service goes on
        return _broken(point, f"{type(error).__name__}: {error}")
    if not isinstance(domain, Domain):
        return _broken(point, f"{point.value} is {type(domain).__name__}, not a Domain")
    problem = _problem(domain, name)
    return _broken(point, problem) if problem else domain


def _problem(domain: Domain, name: str) -> str | None:
    """Why the domain can't be used, or None."""
    from library.snapshot import surface_of  # which looks domains up itself

    if domain.name != name:
        return f"it calls itself {domain.name!r}"
    try:
        domain.language()
        surface_of(domain)
        for request in domain.requests:
            Type.parse(request)
    except (EngineError, TypeError) as error:
        return str(error)
    return None


def _broken(point: EntryPoint, problem: str) -> BrokenDomain:
    return BrokenDomain(
        f"domain {point.name!r} of the package {_distribution(point)} can't be used: {problem}"
    )


def _distribution(point: EntryPoint) -> str:
    return f"{point.dist.name} {point.dist.version}" if point.dist else point.module
