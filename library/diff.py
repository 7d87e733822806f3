"""What changed between two versions of a library."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from engine import Term
from library.domain import get_domain
from library.snapshot import Abstraction, Library, LibraryError


@dataclass(frozen=True)
class Renamed:
    """The same function under another name."""

    before: str
    after: str
    body: str


@dataclass(frozen=True)
class Rewritten:
    """The same function, written in another way: through an abstraction that is new, or without one."""

    name: str
    before_name: str
    before: str
    after: str


@dataclass(frozen=True)
class WeightChange:
    """A log weight, in nats. ``kind`` is "primitive", "abstraction" or "variables", which have no name."""

    kind: str
    name: str
    before: float
    after: float


@dataclass(frozen=True)
class LibraryDiff:
    """From one version to another. An abstraction is in one of added, retired and rewritten at most."""

    domain: str
    before: str
    after: str
    added: tuple[Abstraction, ...]
    retired: tuple[Abstraction, ...]
    renamed: tuple[Renamed, ...]
    rewritten: tuple[Rewritten, ...]
    redocumented: tuple[str, ...]
    weights: tuple[WeightChange, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON; abstractions as in a library's own."""
        return {
            "domain": self.domain,
            "before": self.before,
            "after": self.after,
            "added": [one.to_json() for one in self.added],
            "retired": [one.to_json() for one in self.retired],
            "renamed": [asdict(one) for one in self.renamed],
            "rewritten": [asdict(one) for one in self.rewritten],
            "redocumented": list(self.redocumented),
            "weights": [asdict(one) for one in self.weights],
        }


def diff(before: Library, after: Library) -> LibraryDiff:
    """What changed; ``before`` and ``after`` in it are content hashes.

    Two abstractions are one, rewritten, where their bodies with every abstraction written out are the same.
    Raises LibraryError for libraries of two domains.
    """
    if before.domain != after.domain:
        raise LibraryError(
            f"a library of domain {before.domain!r} and one of {after.domain!r} can't be compared"
        )
    pairs = _pairs(before, after)
    matched = {old.term for old, _ in pairs}, {new.term for _, new in pairs}
    return LibraryDiff(
        domain=before.domain,
        before=before.content_hash,
        after=after.content_hash,
        added=tuple(one for one in after.abstractions if one.term not in matched[1]),
        retired=tuple(one for one in before.abstractions if one.term not in matched[0]),
        renamed=tuple(Renamed(old.name, new.name, new.body) for old, new in pairs if old.name != new.name),
        rewritten=tuple(
            Rewritten(new.name, old.name, old.body, new.body) for old, new in pairs if old.term != new.term
        ),
        redocumented=tuple(new.name for old, new in pairs if old.docstring != new.docstring),
        weights=tuple(_weights(before, after, pairs)),
    )


def _pairs(before: Library, after: Library) -> list[tuple[Abstraction, Abstraction]]:
    """Abstractions of both versions that are the same, in the new one's order: by body, then by meaning."""
    same = {one.term: one for one in before.abstractions}
    pairs = {one.term: same.pop(one.term) for one in after.abstractions if one.term in same}
    meanings = {_meaning(one, before): one for one in same.values()}
    for one in after.abstractions:
        if one.term not in pairs and (old := meanings.pop(_meaning(one, after), None)) is not None:
            pairs[one.term] = old
    return [(pairs[one.term], one) for one in after.abstractions if one.term in pairs]


def _meaning(abstraction: Abstraction, library: Library) -> Term:
    """The body η-long and with every abstraction written out."""
    language = library.language
    return language.eta_long(abstraction.term.beta_normal(), language.infer(abstraction.term))


def _weights(
    before: Library, after: Library, pairs: list[tuple[Abstraction, Abstraction]]
) -> list[WeightChange]:
    names = [primitive.name for primitive in get_domain(after.domain).primitives]
    old = dict(zip([*names, *(one.term for one in before.abstractions)], before.weights, strict=False))
    new = dict(zip([*names, *(one.term for one in after.abstractions)], after.weights, strict=False))
    changes = [
        *(WeightChange("primitive", name, old[name], new[name]) for name in names),
        *(WeightChange("abstraction", two.name, old[one.term], new[two.term]) for one, two in pairs),
        WeightChange("variables", "", before.weights[-1], after.weights[-1]),
    ]
    return [change for change in changes if change.before != change.after]
