"""/v1/domains: every domain that there is, and of each primitive an example that is true."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from engine import Term, Type
from library.domains import DOMAINS
from library.snapshot import Library


def test_all_domains_are_listed(client: TestClient) -> None:
    items = client.get("/v1/domains").json()["items"]
    assert [item["name"] for item in items] == sorted(DOMAINS)
    first = client.get("/v1/domains?limit=3").json()
    rest = client.get("/v1/domains", params={"after": first["next"]}).json()
    assert first["items"] + rest["items"] == items and rest["next"] is None
    (lists,) = (item for item in items if item["name"] == "list")
    assert lists["primitives"] == 22 and "list(int) -> int" in lists["requests"] and lists["problem"] is None


@pytest.mark.parametrize("name", sorted(DOMAINS))
def test_a_domain_shows_its_primitives(client: TestClient, name: str) -> None:
    domain = client.get(f"/v1/domains/{name}").json()
    primitives = {primitive["name"]: primitive for primitive in domain["primitives"]}
    assert list(primitives) == [primitive.name for primitive in DOMAINS[name].primitives]
    language = Library.initial(name).language
    for primitive in DOMAINS[name].primitives:
        example = primitives[primitive.name]["example"]
        assert primitives[primitive.name]["type"] == primitive.type and primitive.doc
        if example is not None:
            request = Type.parse(example["request"])
            (value,) = language.evaluate(Term.parse(example["program"]), request, [example["inputs"]])
            assert value == example["output"]


def test_an_unknown_domain_is_not_found(client: TestClient) -> None:
    answer = client.get("/v1/domains/none-such")
    assert answer.status_code == 404 and "the domains are" in answer.json()["detail"]
