"""Fine-tuning a causal language model on lessons: an adapter (LoRA) or the whole model, always from the base.

On a GPU, or a CPU that multiplies bfloat16 matrices, forward and backward run in bfloat16 and the tuned
parameters have float32 masters; elsewhere all is float32. Lessons are batched by length, only completions
are learned, and only their positions pass through the vocabulary's matrix, which is a fifth of a small model.

torch, transformers and peft are imported when a model is tuned. Knows nothing of libraries or tasks.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from synthesis.held_out import share
from synthesis.tuning.config import TuningConfig, TuningMetrics, TuningProgress
from synthesis.tuning.lessons import Lesson, shortened

_IGNORED = -100
_PROGRESS_SECONDS = 10.0
_KEPT_LAYERS = 0.25
"""The lowest layers, as a share, have no adapter: nothing has to be carried back through them, which saves
a fifth of a step."""
_BRIEF_SHARE = 0.25
"""Of the tuning: first the language is learned, from prompts of one example, which cost half as much."""


class Encoded:
    """A lesson as token ids, and how many of them are the prompt's."""

    __slots__ = ("ids", "prompt")

    def __init__(self, ids: list[int], prompt: int) -> None:
        self.ids, self.prompt = ids, prompt


def encode(tokenizer: Any, lessons: Sequence[Lesson]) -> list[Encoded]:
    """Prompt and completion are tokenised apart, as a server sees them when it goes on from the prompt. The
    completion ends with the end-of-text token: the reply of a model that was held to a grammar has no other
    way to end."""
    end = [tokenizer.eos_token_id]
    prompts = tokenizer([lesson.prompt for lesson in lessons]).input_ids
    completions = tokenizer([lesson.completion for lesson in lessons], add_special_tokens=False).input_ids
    return [Encoded(p + c + end, len(p)) for p, c in zip(prompts, completions, strict=True)]


def completion_costs(model: Any, batch: Sequence[Encoded], device: torch.device) -> Tensor:
    """[B] nats of each lesson's completion."""
    longest = max(len(item.ids) for item in batch)
    start = min(item.prompt for item in batch) - 1
    ids = torch.zeros((len(batch), longest), dtype=torch.long)
    labels = torch.full((len(batch), longest), _IGNORED)
    for row, item in enumerate(batch):
        ids[row, : len(item.ids)] = torch.tensor(item.ids)
        labels[row, item.prompt : len(item.ids)] = torch.tensor(item.ids[item.prompt :])
    ids, labels = ids.to(device), labels.to(device)
    # Padding is on the right and attention causal, so no mask is needed: real tokens never see it.
    hidden = model.get_decoder()(input_ids=ids, use_cache=False).last_hidden_state[:, start:-1]
    targets = labels[:, start + 1 :]
    kept = targets != _IGNORED
    logits = model.get_output_embeddings()(hidden[kept]).float()
    costs = F.cross_entropy(logits, targets[kept], reduction="none")
    rows = torch.arange(len(batch), device=device)[:, None].expand_as(targets)[kept]
    return torch.zeros(len(batch), device=device).index_add(0, rows, costs)


class Masters:
    """AdamW over float32 copies of parameters that compute in bfloat16; a step writes them back."""

    def __init__(self, parameters: Sequence[nn.Parameter], learning_rate: float) -> None:
        self.parameters = list(parameters)
        self.copies = [nn.Parameter(p.detach().float().clone()) for p in self.parameters]
        self.optimiser = torch.optim.AdamW(
            self.copies, lr=learning_rate, betas=(0.9, 0.98), weight_decay=0.01, fused=True
        )

    def step(self, learning_rate: float) -> None:
        for group in self.optimiser.param_groups:
            group["lr"] = learning_rate
        for copy, parameter in zip(self.copies, self.parameters, strict=True):
            copy.grad = None if parameter.grad is None else parameter.grad.float()
            parameter.grad = None
        nn.utils.clip_grad_norm_(self.copies, 1.0)
        self.optimiser.step()
        with torch.no_grad():
            for copy, parameter in zip(self.copies, self.parameters, strict=True):
                parameter.copy_(copy)


def tune(
    base: Path,
    lessons: Sequence[Lesson],
    target: Path,
    config: TuningConfig,
    in_use: Path | None = None,
    on_progress: Callable[[TuningProgress], None] = lambda progress: None,
) -> TuningMetrics:
    """Tunes the model at `base` and writes the adapter or the checkpoint, with its tokenizer, to `target`.

    `in_use`: the adapter or checkpoint that the new one is measured against; the base where its folder is
    gone. Raises ValueError for files that are missing, corrupt or don't fit, and where there is nothing to
    learn from.
    """
    from transformers import AutoTokenizer

    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    clock = time.monotonic if device.type == "cuda" else time.process_time
    started, began = clock(), time.monotonic()
    torch.set_num_threads(config.threads)
    torch.manual_seed(config.seed)
    rng = random.Random(config.seed)
    if not (base / "config.json").is_file():  # transformers would take the folder for a name on a model hub
        raise ValueError(f"there is no checkpoint in {base}: it has no config.json")
    with _reading(f"the tokenizer in {base}"):
        tokenizer = AutoTokenizer.from_pretrained(base, local_files_only=True)
    held_out, learned = _split(lessons, config.held_out)
    if not learned:
        raise ValueError("there is nothing to learn from: every lesson is held out")
    aside = {source: encode(tokenizer, items) for source, items in held_out.items()}
    model = _load(base, device)
    measuring = clock()
    before = _measure(model, aside, device)
    measuring = clock() - measuring
    used = before
    if in_use is not None and in_use.is_dir():
        used = _measure(_load(base, device, in_use), aside, device)
    if config.kind == "lora":
        model = _with_adapter(model, config.rank)
    tuned = [parameter for parameter in model.parameters() if parameter.requires_grad]

    brief = [replace(lesson, prompt=shortened(lesson.prompt)) for lesson in learned]
    batches = _Batches(encode(tokenizer, learned), encode(tokenizer, brief), learned, config, rng)
    masters = Masters(tuned, config.learning_rate)
    begun = clock()
    reported = begun - _PROGRESS_SECONDS  # so that the first step is told
    # The new version has to be measured and saved within the budget too.
    deadline = max(started + config.cpu_seconds - 1.3 * measuring - 1, begun + 1)
    losses: list[float] = []
    tokens = 0
    model.train()
    while (now := clock()) < deadline:
        done, warm = (now - begun) / (deadline - begun), min(1.0, (len(losses) + 1) / 20)
        batch = batches.next(brief=done < _BRIEF_SHARE)
        costs = completion_costs(model, batch, device)
        written = sum(len(item.ids) - item.prompt for item in batch)
        (costs.sum() / written).backward()
        masters.step(config.learning_rate * warm * (1 - 0.95 * done))
        losses.append(float(costs.detach().mean()))
        tokens += sum(len(item.ids) for item in batch)
        if now - reported > _PROGRESS_SECONDS:
            reported = now
            on_progress(TuningProgress(len(losses), _mean(losses[-20:]), now - started))
    after = _measure(model, aside, device)
    target.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(target)
    tokenizer.save_pretrained(target)
    return TuningMetrics(
        steps=len(losses),
        lessons_seen=len(losses) * config.batch,
        tokens=tokens,
        loss=_mean(losses[-20:]),
        held_out_base=before,
        held_out_in_use=used,
        held_out=after,
        parameters=sum(parameter.numel() for parameter in tuned),
        cpu_seconds=clock() - started,
        seconds=time.monotonic() - began,
    )


def _load(base: Path, device: torch.device, tuned: Path | None = None) -> Any:
    """The model at `base`, or the adapter on it or the checkpoint at `tuned`."""
    from transformers import AutoModelForCausalLM

    adapter = tuned if tuned is not None and (tuned / "adapter_config.json").exists() else None
    source = base if tuned is None or adapter is not None else tuned
    with _reading(f"the checkpoint in {source}"):
        # On a CPU the plain form of attention is several times faster backwards than the fused one.
        model = AutoModelForCausalLM.from_pretrained(
            source,
            dtype=_precision(device),
            attn_implementation="eager",
            local_files_only=True,
            use_safetensors=True,
        )
    if adapter is not None:
        from peft import PeftModel

        with _reading(f"the adapter in {adapter}"):
            model = PeftModel.from_pretrained(model, adapter, autocast_adapter_dtype=False)
    model.to(device)  # pyright: ignore[reportArgumentType]  (transformers' own decorator hides the argument)
    return model


@contextmanager
def _reading(what: str) -> Iterator[None]:
    """Says what couldn't be read, which transformers, peft and safetensors each say in their own words."""
    try:
        yield
    except Exception as error:  # they have no error in common
        raise ValueError(f"{what} can't be read: {error}") from error


def _precision(device: torch.device) -> torch.dtype:
    fast = device.type == "cuda" or torch.cpu._is_avx512_bf16_supported()
    return torch.bfloat16 if fast else torch.float32


def _with_adapter(model: Any, rank: int) -> Any:
    from peft import LoraConfig, get_peft_model

    layers = model.config.num_hidden_layers
    linear = {
        name.rpartition(".")[2]
        for name, module in model.get_decoder().named_modules()
        if isinstance(module, nn.Linear)
    }
    config = LoraConfig(
        r=rank,
        lora_alpha=2 * rank,
        target_modules=sorted(linear),
        layers_to_transform=list(range(round(_KEPT_LAYERS * layers), layers)),
        task_type="CAUSAL_LM",
    )
    return get_peft_model(model, config, autocast_adapter_dtype=False)


@torch.no_grad()
def _measure(model: Any, aside: dict[str, list[Encoded]], device: torch.device) -> dict[str, float]:
    """Mean nats of a completion, by source."""
    model.eval()
    means: dict[str, float] = {}
    for source, items in aside.items():
        ordered = sorted(items, key=lambda item: len(item.ids))
        costs = [
            cost
            for begin in range(0, len(ordered), 16)
            for cost in completion_costs(model, ordered[begin : begin + 16], device).tolist()
        ]
        means[source] = _mean(costs)
    model.train()
    return means


def _split(lessons: Sequence[Lesson], most: int) -> tuple[dict[str, list[Lesson]], list[Lesson]]:
    """(measured on, by source; learned from): one lesson a program, at most `most` programs a source, always
    the same ones; and those that aren't held out."""
    aside: dict[str, dict[str, Lesson]] = {}
    for lesson in lessons:
        if lesson.held_out:
            aside.setdefault(lesson.source, {}).setdefault(lesson.completion, lesson)
    measured = {
        source: [of_source[completion] for completion in sorted(of_source, key=share)[:most]]
        for source, of_source in sorted(aside.items())
    }
    taken = {completion for of_source in aside.values() for completion in of_source}
    return measured, [lesson for lesson in lessons if lesson.completion not in taken]


class _Batches:
    """Endless batches of lessons of like length, drawn from each source by share."""

    _POOL = 8  # batches drawn at a time, then sorted by length

    def __init__(
        self,
        encoded: list[Encoded],
        brief: list[Encoded],
        lessons: Sequence[Lesson],
        config: TuningConfig,
        rng: random.Random,
    ) -> None:
        """`brief`: the same lessons with shorter prompts."""
        self.encoded, self.brief, self.config, self.rng = encoded, brief, config, rng
        replays = [i for i, lesson in enumerate(lessons) if lesson.source == "replay"]
        dreams = [i for i, lesson in enumerate(lessons) if lesson.source != "replay"]
        sources = [(dreams, 1.0 - config.replay_fraction), (replays, config.replay_fraction)]
        self.sources = [(indices, share) for indices, share in sources if indices]
        self.shares = [lesson.share for lesson in lessons]
        self.ready: list[list[int]] = []

    def next(self, brief: bool) -> list[Encoded]:
        if not self.ready:
            wanted, size = self._POOL * self.config.batch, self.config.batch
            total = sum(share for _, share in self.sources)
            drawn: list[int] = []
            for indices, share in self.sources:
                weights = [self.shares[i] for i in indices]
                drawn += self.rng.choices(indices, weights, k=round(wanted * share / total))
            drawn.sort(key=lambda i: len(self.encoded[i].ids))
            self.ready = [drawn[begin : begin + size] for begin in range(0, len(drawn), size)]
            self.rng.shuffle(self.ready)
        return [(self.brief if brief else self.encoded)[i] for i in self.ready.pop()]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else math.nan
