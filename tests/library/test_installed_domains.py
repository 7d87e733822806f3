"""Domains of installed packages: found by entry point, and named when they are broken."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from library.domain import BrokenDomain, UnknownDomain, get_domain
from library.installed_domains import installed_names
from library.snapshot import Library, LibraryError

GOOD = """
from library.domain import Domain, shipped_primitives
DOMAIN = Domain({name!r}, "of a test", shipped_primitives("+", "1"), ("int -> int",), lambda: ([], []))
"""


def install(folder: Path, module: str, code: str, entries: str, version: str = "1.2") -> None:
    """What pip leaves behind of a package of one module."""
    (folder / f"{module}.py").write_text(code)
    info = folder / f"{module}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: {version}\n")
    (info / "entry_points.txt").write_text(f"[wakesleep.domains]\n{entries}\n")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def test_an_installed_domain_is_found_and_listed(site: Path) -> None:
    install(site, "good_one", GOOD.format(name="good-one"), "good-one = good_one:DOMAIN")
    assert "good-one" in installed_names() and "good_one" not in sys.modules
    domain = get_domain("good-one")
    assert domain.description == "of a test" and domain is get_domain("good-one")
    assert Library.initial("good-one").language.productions == ["+", "1"]
    with pytest.raises(UnknownDomain, match="the domains are: good-one, list"):
        get_domain("another")


@pytest.mark.parametrize(
    ("name", "code", "message"),
    [
        ("raises", "1 / 0", "ZeroDivisionError: division by zero"),
        ("leaves", "raise SystemExit(3)", "SystemExit: 3"),
        ("no-syntax", "def", "SyntaxError"),
        ("no-attribute", "", "AttributeError"),
        ("no-domain", "DOMAIN = 5", "is int, not a Domain"),
        ("misnamed", GOOD.format(name="other"), "it calls itself 'other'"),
        ("twice", GOOD.format(name="twice").replace('"1"', '"+"'), r"the language has '\+' twice"),
        ("bad-request", GOOD.format(name="bad-request").replace("int -> int", "int ->"), "line 1, column"),
    ],
)
def test_a_broken_domain_is_named_with_its_package(site: Path, name: str, code: str, message: str) -> None:
    module = f"broken_{name.replace('-', '_')}"
    install(site, module, code, f"{name} = {module}:DOMAIN")
    for _ in range(2):
        with pytest.raises(
            BrokenDomain, match=rf"domain '{name}' of the package {module} 1\.2 can't be used: .*{message}"
        ):
            get_domain(name)
    assert get_domain("list").name == "list"
    with pytest.raises(LibraryError, match=f"package {module}"):
        Library.from_json({"domain": name, "abstractions": [], "weights": []})


def test_two_packages_with_one_domain_are_refused(site: Path) -> None:
    for module in ("left_one", "right_one"):
        install(site, module, GOOD.format(name="both"), f"both = {module}:DOMAIN")
    with pytest.raises(BrokenDomain, match=r"in more than one package: left_one 1\.2 and right_one 1\.2"):
        get_domain("both")


def test_a_shipped_domain_keeps_its_name(site: Path) -> None:
    install(site, "usurper", GOOD.format(name="list"), "list = usurper:DOMAIN")
    assert len(get_domain("list").primitives) == 22 and "usurper" not in sys.modules
