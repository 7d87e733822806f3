"""Two wakes, the sleeps between them, and a rollback, with a language model that vLLM serves and that is
tuned on its library's dreams.

Tunings are short: they show that versions are made, loaded, asked and switched, not how good one can get.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.api import create_app
from app.db import Database
from app.db.migrate import upgrade
from app.db.repositories import EventRepository, RunRepository, TaskRepository
from app.settings import Settings
from app.workflows.keeper import DatabaseKeeper
from engine import Type
from engine.python_form import reply_grammar
from library.domain import get_domain
from library.snapshot import Library
from synthesis.keeper import RunConfig
from synthesis.loop import run_phase
from synthesis.model_guide import ModelGuide, Sampling
from synthesis.program_prompts import Continuations
from synthesis.replies import read_program, well_typed
from synthesis.report import Adapter
from synthesis.samplers import Draw
from synthesis.samplers.adapters import AdapterServer
from synthesis.samplers.local_sampler import LocalSampler
from synthesis.samplers.openai_sampler import ModelEndpoint, OpenAISampler
from synthesis.task import Task, load_tasks
from tests.app.conftest import RecordingLauncher
from tests.vllm.serving import MODEL

pytestmark = [pytest.mark.vllm, pytest.mark.timeout(1200)]

SAMPLES = 8
EASY = ("add 1 to every element", "add 2 to every element", "subtract 2 from every element")
HARD = ("keep elements greater than 3", "keep the square elements", "elements in reverse order")


def named(names: tuple[str, ...]) -> list[Task]:
    shipped = {task.name: task for task in load_tasks(get_domain("list").shipped_tasks()[0], "list")}
    return [shipped[name] for name in names]


@dataclass
class Run:
    """A run in a database of the service, and what the server had after each of its wakes."""

    url: str
    settings: Settings
    database: Database
    keeper: DatabaseKeeper
    tasks: list[Task]
    config: RunConfig
    served: list[tuple[str, ...]] = field(default_factory=list)

    @property
    def server(self) -> AdapterServer:
        return AdapterServer(ModelEndpoint(self.url, MODEL.name))

    def adapter(self, iteration: int) -> Adapter:
        """The version that the dream of this iteration made."""
        dream = self.keeper.dream(iteration)
        assert dream is not None and dream.adapter is not None, dream and dream.metrics
        return dream.adapter

    def phase(self, phase: str, iteration: int, **changes: object) -> None:
        config = replace(self.config, **changes)  # pyright: ignore[reportArgumentType]
        run_phase(phase, iteration, self.tasks, config, self.keeper)
        if phase == "wake":
            self.served.append(self.server.loaded())

    def events(self, type: str) -> list[dict[str, object]]:
        with self.database.read() as session:
            rows = EventRepository(session).after(self.keeper.run_id, 0)
            return [row.data for row in rows if row.type == type]


@pytest.fixture(scope="module")
def run(base_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """Up to its second wake."""
    folder = tmp_path_factory.mktemp("run")
    settings = Settings(data_dir=folder, database_url="").prepare()  # pyright: ignore[reportCallIssue]
    config = RunConfig(
        domain="list",
        iterations=3,
        seconds=1.5,
        guides=("prior", "model"),
        dream_seconds=4.0,
        model_url=base_url,
        model_name=MODEL.name,
        model_samples=SAMPLES,
        model_path=str(MODEL),
        tuning_seconds=90.0,
        adapters_dir=str(settings.adapters_dir),
        control_tasks=0,
    )
    tasks = named(EASY + HARD)
    database = Database(settings.database)
    try:
        upgrade(database)
        with database.write() as session:
            rows = [row for row, _ in TaskRepository(session).add(tasks)]
            run_id = RunRepository(session).add("list", config.to_json(), rows).id
        learned = Run(base_url, settings, database, DatabaseKeeper(database, run_id), tasks, config)
        learned.phase("wake", 1)  # the dream before it tunes the first version
        learned.phase("abstraction", 1)
        learned.phase("dream", 1, tuning_seconds=180.0)  # enough more than before to be better
        learned.phase("wake", 2)
        yield learned
    finally:
        database.close()


def test_a_version_is_tuned_in_each_dream_sleep(run: Run) -> None:
    first, second = run.adapter(0), run.adapter(1)
    assert (first.parent, second.parent) == (None, first.name)
    assert first.sha256 != second.sha256 and first.data_hash != second.data_hash
    for adapter in (first, second):
        assert adapter.metrics["held_out"]["fantasy"] < adapter.metrics["held_out_base"]["fantasy"]
        assert {path.name for path in Path(adapter.path).iterdir()} >= {
            "adapter_config.json",
            "adapter_model.safetensors",
        }
    assert {path.name for path in run.settings.adapters_dir.iterdir()} == {first.name, second.name}
    told = run.events("model")
    assert [event["name"] for event in told] == [first.name, second.name]
    assert all(event["promoted"] for event in told)


def test_the_server_has_the_version_in_use_and_not_the_one_before(run: Run) -> None:
    assert run.served == [(run.adapter(0).name,), (run.adapter(1).name,)]


def asked(run: Run, iteration: int) -> None:
    """The version in use answered for each task that the search alone didn't get at once."""
    attempts = run.keeper.attempts(iteration)
    assert attempts.keys() == {task.name for task in run.tasks}
    reports = [attempt.guides["model"] for attempt in attempts.values() if "model" in attempt.guides]
    assert reports
    for report in reports:
        assert report.error == ""
        assert report.requested == SAMPLES
        assert report.tokens >= SAMPLES and report.waited_seconds > 0
        assert report.prompt["form"] == "continuation"  # as tuned models are asked
        # Not all are valid: a model that was tuned so briefly writes on to the limit of tokens.
        assert 1 <= report.unique <= report.valid


@pytest.mark.parametrize("iteration", [1, 2])
def test_each_wake_asks_its_version(run: Run, iteration: int) -> None:
    asked(run, iteration)


def test_what_a_grammar_holds_is_well_typed(run: Run) -> None:
    library, draw = Library.initial("list"), Draw(SAMPLES, max_tokens=96)
    sampler = OpenAISampler(ModelEndpoint(run.url, run.adapter(1).name))
    for task in run.tasks[-2:]:
        [prompt] = Continuations(views=1).ask(task).prompts
        grammar = reply_grammar(library.surface, Type.parse(task.request))
        replies = sampler.sample(prompt, replace(draw, grammar=grammar))
        ended = [reply for reply in replies if reply.tokens < draw.max_tokens]
        print(f"\n{len(ended)} of {len(replies)} replies came to their end")
        assert ended
        for reply in ended:
            term = read_program(reply.text, library)
            assert term is not None and well_typed(term, task.request, library) is not None, reply.text


def test_tuning_makes_replies_valid_without_a_grammar(run: Run) -> None:
    valid: dict[str, int] = {}
    free = Sampling(samples=2 * SAMPLES, constrained=False)
    for name in (MODEL.name, run.adapter(1).name):
        sampler = OpenAISampler(ModelEndpoint(run.url, name))
        model = ModelGuide(sampler, Library.initial("list"), Continuations(), free)
        valid[name] = sum(model.guide(task).valid for task in run.tasks[:3])
        print(f"\n{name}: {model.counts}")
    assert valid[run.adapter(1).name] > valid[MODEL.name]


def test_the_server_computes_what_this_process_does(run: Run) -> None:
    """A version's weights are read alike, the layers that it leaves alone too."""
    adapter, prompts = run.adapter(1), Continuations(views=1)
    served = OpenAISampler(ModelEndpoint(run.url, adapter.name))
    base = OpenAISampler(ModelEndpoint(run.url, MODEL.name))
    here = LocalSampler(MODEL, Path(adapter.path))
    texts = ["lambda xs: map(lambda x: x + 1, xs)", "lambda xs: cdr(xs)", "lambda xs: [car(xs)]"]
    for task in run.tasks[:2]:
        [prompt] = prompts.ask(task).prompts
        assert isinstance(prompt, str)
        there, untuned, local = (sampler.score(prompt, texts) for sampler in (served, base, here))
        print(f"\nserved {there}\nhere   {local}\nbase   {untuned}")
        assert there == pytest.approx(local, rel=0.05, abs=0.5)  # both in bfloat16
        assert sum(there) > sum(untuned) + 10


def test_rolled_back_the_version_before_is_asked_again(run: Run) -> None:
    """The last test of the run: it goes on with it."""
    first, second = run.adapter(0), run.adapter(1)
    app = create_app(run.settings, run.database, RecordingLauncher())
    with TestClient(app, base_url="http://127.0.0.1") as client:
        versions = client.get("/v1/models", params={"kind": "adapter"}).json()["items"]
        assert [(item["name"], item["in_use"]) for item in versions] == [
            (first.name, False),
            (second.name, True),
        ]
        answer = client.post(f"/v1/models/{versions[1]['id']}/rollback", json={"reason": "to see it go"})
        assert answer.json()["instead"]["name"] == first.name, answer.text
    run.server.unload(second.name)  # so that nothing but the first can answer
    run.phase("abstraction", 2)
    run.phase("dream", 2, tuning_seconds=0.0, dream_seconds=1.0)
    run.phase("wake", 3)
    assert run.served[-1] == (first.name,)
    asked(run, 3)
