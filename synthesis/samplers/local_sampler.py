"""A sampler in this process: a causal language model of transformers, with an adapter where there is one.

For machines without a server, and for models so small that one isn't worth it. Only safetensors are read,
from local folders: nothing is unpickled, nothing downloaded. The packages of the extra `llm` are imported
when a model is loaded.

Log-probabilities are the model's own, at temperature 1 and before a grammar rules tokens out, so that `score`
says of a reply's text what its log-probability says, but for the reply's end.
"""

from __future__ import annotations

import copy
import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthesis.guide import GuideUnavailable
from synthesis.samplers import Draw, Prompt, Reply, RequestRefused

if TYPE_CHECKING:
    from torch import Generator, Tensor, dtype

_BATCH = 32
"""Replies or texts computed together."""
_GRAMMARS = 64
"""Compiled grammars kept."""
_INSTALL = "pip install 'wakesleep[llm]'"


class LocalSampler:
    """See Sampler. Threads take turns."""

    in_process = True

    def __init__(self, path: Path, adapter: Path | None = None, device: str | None = None) -> None:
        """Loads the checkpoint in the folder `path`, and merges the adapter in the folder `adapter` into it.

        `device`: in torch's words; by default a GPU where there is one. Raises GuideUnavailable.
        """
        self.path = path
        self._model, self._tokenizer = _load(path, adapter, device)
        self._ends = _end_tokens(self._model, self._tokenizer)
        if not self._ends:
            raise GuideUnavailable(f"{self} has no end token: name one as eos_token in its tokenizer")
        self._compiled = lru_cache(_GRAMMARS)(self._compile)
        self._compiler: Any = None
        self._random = _randomness(self._model)
        self._lock = threading.Lock()

    def __str__(self) -> str:
        return f"model in {self.path}"

    def sample(self, prompt: Prompt, draw: Draw) -> list[Reply]:
        """`draw.count` replies; the prompt is computed once for all.

        Raises GuideUnavailable; RequestRefused for a prompt that is too long, for a chat where the model has
        no template for one, and for a grammar or schema that can't be compiled.
        """
        with self._computing():
            tokens = self._tokens(prompt, draw.max_tokens)
            grammar = self._grammar(draw)
            cache, logits = self._read(tokens)
            replies: list[Reply] = []
            while len(replies) < draw.count:
                rows = [_Row.start(grammar) for _ in range(min(_BATCH, draw.count - len(replies)))]
                self._continue(rows, copy.deepcopy(cache), logits, draw)
                replies += [self._reply(row, draw.stop) for row in rows]
            return replies

    def score(self, prompt: str, texts: Sequence[str]) -> list[float]:
        """log P(text | prompt) of each text, in nats, its end not included.

        A text can be cut into tokens in many ways: the tokenizer's own counts, apart from the prompt's.
        """
        if not texts:
            return []
        with self._computing():
            encoded = [self._tokenizer(text, add_special_tokens=False).input_ids for text in texts]
            cache, logits = self._read(self._tokens(prompt, max(map(len, encoded))))
            found: list[float] = []
            for first in range(0, len(encoded), _BATCH):
                found += self._score(encoded[first : first + _BATCH], copy.deepcopy(cache), logits)
            return found

    @contextmanager
    def _computing(self) -> Iterator[None]:
        """The model for this thread alone; what goes wrong within becomes GuideUnavailable."""
        import torch

        with self._lock, torch.inference_mode():
            try:
                yield
            except GuideUnavailable:
                raise
            except (RuntimeError, IndexError, ValueError) as error:  # out of memory, a token it doesn't know
                raise GuideUnavailable(f"{self} failed: {error}") from error

    def _tokens(self, prompt: Prompt, more: int) -> list[int]:
        """The prompt's tokens. Raises RequestRefused where there are none, or too many with `more`."""
        if isinstance(prompt, str):
            tokens = self._tokenizer(prompt).input_ids
        else:
            if not self._tokenizer.chat_template:
                raise RequestRefused(f"{self} has no chat template: it continues texts only")
            text = self._tokenizer.apply_chat_template(
                list(prompt), add_generation_prompt=True, tokenize=False
            )
            tokens = self._tokenizer(text, add_special_tokens=False).input_ids
        longest = getattr(self._model.config, "max_position_embeddings", None)
        if longest is not None and len(tokens) + more > longest:
            raise RequestRefused(
                f"{self} takes {longest} tokens, and prompt and reply are up to {len(tokens)} and {more}"
            )
        if not tokens:
            raise RequestRefused(f"{self} was given an empty prompt")
        return tokens

    def _read(self, tokens: list[int]) -> tuple[Any, Tensor]:
        """Keys and values of the prompt, and the logits after it: (1, vocabulary)."""
        import torch

        ids = torch.tensor([tokens], device=self._model.device)
        out = self._model(input_ids=ids, use_cache=True, logits_to_keep=1)
        return out.cache, out.logits[:, -1]

    def _continue(self, rows: list[_Row], cache: Any, logits: Tensor, draw: Draw) -> None:
        """Writes the rows to their ends. Rows that ended leave the batch; `cache` is used up."""
        import torch

        cache.batch_repeat_interleave(len(rows))
        logits = logits.expand(len(rows), -1)
        for _ in range(draw.max_tokens):
            log_probabilities = logits.float().log_softmax(-1)  # (rows, vocabulary)
            allowed = _masked(log_probabilities, rows)
            if draw.temperature > 0:
                chosen = (allowed / draw.temperature).softmax(-1).multinomial(1, generator=self._random)
            else:
                chosen = allowed.argmax(-1, keepdim=True)
            gained = log_probabilities.gather(1, chosen)
            for row, token, log_probability in zip(
                rows, chosen[:, 0].tolist(), gained[:, 0].tolist(), strict=True
            ):
                row.take(token, log_probability)
                row.ended = token in self._ends or self._stopped(row, draw.stop)
            places = [place for place, row in enumerate(rows) if not row.ended]
            if not places:
                return
            if len(places) < len(rows):
                kept = torch.tensor(places, device=chosen.device)
                cache.batch_select_indices(kept)
                chosen, rows = chosen[kept], [rows[place] for place in places]
            logits = self._model(input_ids=chosen, cache=cache, use_cache=True).logits[:, -1]

    def _stopped(self, row: _Row, stop: str | None) -> bool:
        """Whether the newest token completes the text that ends a reply. Each token is a byte at least."""
        return bool(stop) and stop in self._tokenizer.decode(row.tokens[-len(stop.encode()) :])

    def _reply(self, row: _Row, stop: str | None) -> Reply:
        text = self._tokenizer.decode(
            row.tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False
        )
        return Reply(text.partition(stop)[0] if stop else text, row.log_probability, len(row.tokens))

    def _score(self, texts: list[list[int]], cache: Any, logits: Tensor) -> list[float]:
        """Of one batch of texts as tokens; `cache` is used up."""
        import torch

        longest = max(map(len, texts))
        padded = [
            text + [self._ends[0]] * (longest - len(text)) for text in texts
        ]  # after it: seen by no one
        ids = torch.tensor(padded, device=logits.device, dtype=torch.long)  # (texts, longest)
        after = logits.expand(len(texts), 1, -1)
        if longest > 1:
            cache.batch_repeat_interleave(len(texts))
            out = self._model(input_ids=ids[:, :-1], cache=cache, use_cache=True)
            after = torch.cat([after, out.logits], dim=1)  # (texts, longest, vocabulary)
        found: list[float] = []
        for place, text in enumerate(texts):
            log_probabilities = after[place, : len(text)].float().log_softmax(-1)
            found.append(log_probabilities.gather(1, ids[place, : len(text), None]).sum().item())
        return found

    def _grammar(self, draw: Draw) -> Any:
        """What the draw's replies are held to, compiled, or None. Raises RequestRefused."""
        if draw.grammar is not None:
            return self._compiled("grammar", draw.grammar)
        if draw.schema is not None:
            return self._compiled("schema", json.dumps(draw.schema))
        return None

    def _compile(self, kind: str, text: str) -> Any:
        try:
            import xgrammar
        except ImportError as error:
            raise GuideUnavailable(f"grammars need xgrammar ({error}): {_INSTALL}") from error
        try:
            if self._compiler is None:
                size = self._model.get_output_embeddings().weight.shape[0]
                info = xgrammar.TokenizerInfo.from_huggingface(
                    self._tokenizer, vocab_size=size, stop_token_ids=list(self._ends)
                )
                self._compiler = xgrammar.GrammarCompiler(info)
            if kind == "grammar":
                return self._compiler.compile_grammar(text)
            return self._compiler.compile_json_schema(text, any_whitespace=False)  # it would go on for ever
        except (RuntimeError, ValueError) as error:
            raise RequestRefused(f"{self} can't be held to this {kind}: {error}") from error


@dataclass
class _Row:
    """A reply in the making. `matcher`: where it is in its grammar."""

    matcher: Any
    tokens: list[int] = field(default_factory=list)
    log_probability: float = 0.0
    ended: bool = False

    @classmethod
    def start(cls, grammar: Any) -> _Row:
        if grammar is None:
            return cls(None)
        import xgrammar

        return cls(xgrammar.GrammarMatcher(grammar))

    def take(self, token: int, log_probability: float) -> None:
        self.tokens.append(token)
        self.log_probability += log_probability
        if self.matcher is not None and not self.matcher.accept_token(token):
            raise RuntimeError(f"token {token} was drawn, and the grammar doesn't allow it")


def _masked(log_probabilities: Tensor, rows: list[_Row]) -> Tensor:
    """Minus infinity for the tokens that a row's grammar rules out."""
    if rows[0].matcher is None:
        return log_probabilities
    import xgrammar

    bits = xgrammar.allocate_token_bitmask(len(rows), log_probabilities.shape[-1])
    for place, row in enumerate(rows):
        row.matcher.fill_next_token_bitmask(bits, place)
    allowed = log_probabilities.clone()
    xgrammar.apply_token_bitmask_inplace(allowed, bits.to(allowed.device))
    return allowed


def _load(path: Path, adapter: Path | None, device: str | None) -> tuple[Any, Any]:
    """Model and tokenizer. Raises GuideUnavailable."""
    try:
        import torch
        import transformers
    except ImportError as error:
        raise GuideUnavailable(f"a model in this process needs packages ({error}): {_INSTALL}") from error
    if not (path / "config.json").is_file():
        raise GuideUnavailable(f"there is no checkpoint in {path}: it has no config.json")
    device = device or ("cuda" if torch.cuda.is_available() else "cpu")
    transformers.utils.logging.disable_progress_bar()
    if device == "cpu":
        torch.set_num_threads(1)  # tasks run side by side; threads inside one would wait for each other
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(path, local_files_only=True)
        loaded: Any = transformers.AutoModelForCausalLM.from_pretrained(
            path,
            dtype=precision(device),
            local_files_only=True,
            use_safetensors=True,
            output_loading_info=True,
        )
    except Exception as error:  # of what can be wrong with files, each package has its own
        raise GuideUnavailable(f"the checkpoint in {path} can't be read: {_line(error)}") from error
    model, info = loaded
    if info["missing_keys"]:  # transformers would make them up
        missing = sorted(info["missing_keys"])
        raise GuideUnavailable(f"the checkpoint in {path} lacks {len(missing)} weights: {missing[0]}, ...")
    if adapter is not None:
        model = _adapted(model, adapter)
    try:
        return model.to(device).eval(), tokenizer
    except (RuntimeError, AssertionError) as error:  # no such device, or too small a one
        raise GuideUnavailable(f"the model in {path} can't be put on {device}: {_line(error)}") from error


def _adapted(model: Any, adapter: Path) -> Any:
    """The model with the adapter merged into its weights. Raises GuideUnavailable."""
    try:
        import peft
    except ImportError as error:
        raise GuideUnavailable(f"adapters need peft ({error}): {_INSTALL}") from error
    for name in ("adapter_config.json", "adapter_model.safetensors"):
        if not (adapter / name).is_file():  # peft would look for it on a model hub
            raise GuideUnavailable(f"there is no adapter in {adapter}: it has no {name}")
    try:
        adapted = peft.PeftModel.from_pretrained(model, str(adapter))
        stored = peft.load_peft_weights(str(adapter), device="cpu").keys()
        misfit = sorted(stored ^ peft.get_peft_model_state_dict(adapted).keys())
    except Exception as error:  # peft, torch and safetensors each raise their own
        raise GuideUnavailable(f"the adapter in {adapter} doesn't fit the model: {_line(error)}") from error
    if misfit:  # peft passes them over
        raise GuideUnavailable(
            f"the adapter in {adapter} doesn't fit the model: {len(misfit)} weights are on one side only: "
            f"{misfit[0]}, ..."
        )
    return adapted.merge_and_unload()


def precision(device: str) -> dtype:
    """bfloat16 on GPUs and on CPUs with instructions for it, else float32: without them it is slower."""
    import torch

    if device != "cpu":
        return torch.bfloat16
    able = torch.cpu.get_capabilities()
    return torch.bfloat16 if any(able.get(name) for name in ("amx_bf16", "avx512_bf16")) else torch.float32


def _randomness(model: Any) -> Generator:
    """Its own, so that whatever else is drawn in this process is as it was."""
    import torch

    random = torch.Generator(model.device)
    random.seed()
    return random


def _end_tokens(model: Any, tokenizer: Any) -> tuple[int, ...]:
    """Those that end a reply: the checkpoint's, else the tokenizer's."""
    ends = getattr(model.generation_config, "eos_token_id", None)
    ends = tokenizer.eos_token_id if ends is None else ends
    if ends is None:
        return ()
    return tuple(ends) if isinstance(ends, list | tuple) else (ends,)


def _line(error: Exception) -> str:
    """The first line of what an error says; those of torch go on for pages."""
    text = str(error).strip()
    return text.splitlines()[0] if text else type(error).__name__
