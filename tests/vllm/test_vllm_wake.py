"""A wake phase and an abstraction sleep through a real vLLM that serves a real, small, untuned model:
`make test-vllm`.

The model knows nothing of the language, so its samples may all be wrong; what is tested is that they arrive,
are checked, and are counted, and that tasks are solved all the same by the guide beside it. What it says of
abstractions may be wrong too: what is kept has to be true.
"""

from __future__ import annotations

import contextlib
import math
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from library.domain import get_domain
from library.snapshot import Library
from prompts import render_propose_program
from synthesis.guide import GuideUnavailable
from synthesis.keeper import MemoryKeeper, RunConfig
from synthesis.loop import run_phase
from synthesis.model_guide import ModelGuide, SampleCounts, Sampling
from synthesis.prior import FittedPrior
from synthesis.samplers import Draw, Prompt, RequestRefused
from synthesis.samplers.openai_sampler import ModelEndpoint, OpenAISampler
from synthesis.task import Task, load_tasks
from synthesis.wake import WakeBudget, wake
from tests.synthesis.documented import TASKS as DOCUMENTED_TASKS
from tests.synthesis.documented import after_a_wake, true_everywhere

pytestmark = [pytest.mark.vllm, pytest.mark.timeout(900)]

ENVIRONMENT = Path(__file__).parents[2] / ".venv-vllm"
START_SECONDS = 300
SAMPLES = 16


@pytest.fixture(scope="module")
def base_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A running server, in a process group of its own, so that all of it can be ended, whatever happens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [ENVIRONMENT / "bin/python", "-m", "vllm.entrypoints.openai.api_server"]
    command += ["--model", ENVIRONMENT / "models/smollm2", "--served-model-name", "smollm2"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--dtype", "bfloat16", "--max-model-len", "2048"]
    command += ["--max-num-seqs", "64", "--enable-prefix-caching", "--enforce-eager"]
    offline = {"HF_HUB_OFFLINE": "1", "VLLM_CPU_KVCACHE_SPACE": "1", "VLLM_NO_USAGE_STATS": "1"}
    environment = {name: value for name, value in os.environ.items() if name != "OMP_NUM_THREADS"} | offline
    log = tmp_path_factory.mktemp("vllm") / "server.log"
    previous = signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the server ends then too
    with log.open("wb") as output:
        server = subprocess.Popen(
            command, env=environment, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            wait_until_healthy(server, port, log)
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            end_group(server)
            signal.signal(signal.SIGTERM, previous)


def wait_until_healthy(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        with (
            contextlib.suppress(OSError),
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5) as answer,
        ):
            if answer.status == 200:
                return
        time.sleep(1)
    pytest.fail(f"vLLM did not come up; the end of its log:\n{log.read_text(errors='replace')[-4000:]}")


def end_group(server: subprocess.Popen[bytes]) -> None:
    """Ends the server and every process that it started, first kindly."""
    for kind, seconds in ((signal.SIGTERM, 20), (signal.SIGKILL, 10)):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.pid, kind)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            server.poll()  # reaps it
            try:
                os.killpg(server.pid, 0)
            except ProcessLookupError:
                return
            time.sleep(0.2)
    raise AssertionError(f"vLLM's process group {server.pid} did not end")


def some_tasks(count: int) -> list[Task]:
    train, _ = get_domain("list").shipped_tasks()
    return load_tasks(train[:count], "list")


def test_a_wake_phase_of_the_loop(base_url: str) -> None:
    tasks, keeper = some_tasks(3), MemoryKeeper()
    config = RunConfig(
        domain="list",
        iterations=1,
        seconds=1.0,
        guides=("prior", "model"),
        dream_seconds=2.0,
        model_url=base_url,
        model_name="smollm2",
        model_samples=SAMPLES,
    )
    run_phase("wake", 1, tasks, config, keeper)
    attempts = keeper.attempts(1)
    assert attempts.keys() == {task.name for task in tasks}
    for attempt in attempts.values():
        report = attempt.guides["model"]
        assert report.error == ""
        assert report.requested == SAMPLES
        assert report.fitting <= report.valid <= report.requested
    assert any(attempt.entries for attempt in attempts.values())


def test_an_abstraction_sleep_of_the_loop(base_url: str) -> None:
    """Whatever the model says, names are valid and examples true; Library.from_json checks the names."""
    config = RunConfig("list", 1, 1.0, guides=("prior", "model"), model_url=base_url, model_name="smollm2")
    keeper = after_a_wake(MemoryKeeper())
    run_phase("abstraction", 1, DOCUMENTED_TASKS, config, keeper)
    sleep = keeper.sleep(1)
    assert sleep is not None and len(sleep.added) == 2
    library = Library.from_json(sleep.library.to_json())
    assert true_everywhere(library) >= 2
    for abstraction in library.abstractions:
        assert abstraction.docstring.isprintable()
        print(f"\nSmolLM2-135M, untuned: {abstraction.name}: {abstraction.docstring}")


def sampler(base_url: str, model: str = "smollm2") -> OpenAISampler:
    return OpenAISampler(ModelEndpoint(base_url, model))


def test_samples_are_checked_and_counted(base_url: str) -> None:
    [task], library = some_tasks(1), Library.initial("list")
    model = ModelGuide(sampler(base_url), library, Sampling(samples=SAMPLES, temperature=0.5))
    attempt = wake(task, library, [FittedPrior(library.grammar), model], WakeBudget(seconds=1))
    counts = model.counts
    assert (counts.requested, counts.arrived) == (SAMPLES, SAMPLES)
    assert counts.arrived >= counts.parsed >= counts.valid == attempt.guides["model"].valid
    print(f"\nSmolLM2-135M, untuned: {counts}")


def prompt(base_url: str, style: str) -> Prompt:
    [task] = some_tasks(1)
    guide = ModelGuide(sampler(base_url), Library.initial("list"))
    messages = render_propose_program(guide.prompt(task).context)
    return messages if style == "chat" else "\n\n".join(message["content"] for message in messages)


@pytest.mark.parametrize("style", ["chat", "text"])
def test_samples_carry_log_probabilities(base_url: str, style: str) -> None:
    replies = sampler(base_url).sample(prompt(base_url, style), Draw(count=4, max_tokens=48))
    assert len(replies) == 4
    for reply in replies:
        assert reply.log_probability is not None and -math.inf < reply.log_probability <= 0
        assert 0 < reply.tokens <= 48
    assert len({reply.text for reply in replies}) > 1


@pytest.mark.parametrize("style", ["chat", "text"])
def test_replies_derive_from_the_grammar(base_url: str, style: str) -> None:
    grammar = (
        'root ::= "lambda xs: " call\ncall ::= "sort(xs)" | "cdr(" call2 ")"\ncall2 ::= "xs" | "cdr(xs)"'
    )
    derived = {f"lambda xs: {call}" for call in ("sort(xs)", "cdr(xs)", "cdr(cdr(xs))")}
    replies = sampler(base_url).sample(prompt(base_url, style), Draw(16, 48, grammar=grammar))
    assert {reply.text for reply in replies} <= derived


@pytest.mark.parametrize("text", [" lambda xs: sort(xs)", "\nreturn 'é → ü'"])
def test_given_texts_are_scored_as_the_sum_of_their_parts(base_url: str, text: str) -> None:
    """One token at a time is as probable as all at once."""
    asked, start = sampler(base_url), prompt(base_url, "text")
    assert isinstance(start, str)
    half = text[: text.index(" ", 2)]
    whole, first, other = asked.score(start, [text, half, " zebra"])
    [rest] = asked.score(start + half, [text[len(half) :]])
    assert whole == pytest.approx(first + rest, abs=0.3)  # in bfloat16
    assert other < first < 0


def test_a_sample_is_scored_as_it_was_drawn(base_url: str) -> None:
    asked, start = sampler(base_url), prompt(base_url, "text")
    assert isinstance(start, str)
    [greedy] = asked.sample(start, Draw(1, 8, temperature=0.0))
    assert greedy.log_probability == pytest.approx(asked.score(start, [greedy.text])[0], abs=0.3)


def test_a_grammar_that_is_none_is_refused(base_url: str) -> None:
    with pytest.raises(RequestRefused):
        sampler(base_url).sample("f = ", Draw(1, 4, grammar="root ::= ("))


def test_an_unknown_model_is_named(base_url: str) -> None:
    guide = ModelGuide(sampler(base_url, "no-such-model"), Library.initial("list"))
    with pytest.raises(GuideUnavailable, match=r"'no-such-model' .* does not exist"):
        guide.guide(some_tasks(1)[0])
    assert guide.counts == SampleCounts()
