"""A model in this process: a tiny Llama with random weights, whose tokens are single bytes.

There is one way to write a text, so that what was sampled can be scored.
"""

from __future__ import annotations

import json
import math
import re
import shutil
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import peft
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from prompts import Message
from synthesis.guide import GuideUnavailable
from synthesis.samplers import Draw, Prompt, RequestRefused
from synthesis.samplers import local_sampler as module
from synthesis.samplers.local_sampler import LocalSampler
from tests.synthesis.tiny_model import CONTEXT, save_adapter, save_model

PROMPT = "f([1, 2]) == 3\nf = "
CHAT: list[Message] = [{"role": "user", "content": "Say something."}]
GRAMMAR = 'root ::= "f" call\ncall ::= "(" arg (", " arg)? ")"\narg ::= "xs" | "é" | [0-9]{1,2}\n'
DERIVED = re.compile(r"f\((xs|é|[0-9]{1,2})(, (xs|é|[0-9]{1,2}))?\)")


@pytest.fixture(scope="module", autouse=True)
def full_precision() -> Iterator[None]:
    """So that sums can be compared closely, on any machine."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "precision", lambda device: torch.float32)
        yield


@pytest.fixture(scope="module")
def sampler(checkpoint: Path) -> LocalSampler:
    sampler = LocalSampler(checkpoint, device="cpu")
    sampler._random.manual_seed(0)
    return sampler


def by_hand(sampler: LocalSampler, tokens: list[int], more: list[int]) -> float:
    """log P(more | tokens), computed without a cache, a text at a time."""
    logits = sampler._model(input_ids=torch.tensor([tokens + more])).logits[0].float().log_softmax(-1)
    return sum(logits[len(tokens) + place - 1, token].item() for place, token in enumerate(more))


def test_a_reply_has_the_probability_of_its_tokens(sampler: LocalSampler) -> None:
    replies = sampler.sample(PROMPT, Draw(count=40, max_tokens=12))
    assert len(replies) == 40 and len({reply.text for reply in replies}) > 20
    lengths = {reply.tokens for reply in replies}
    assert max(lengths) == 12 and len(lengths) > 1  # some ended earlier and left the batch
    tokens = sampler._tokenizer(PROMPT).input_ids
    compared = 0
    for reply in replies:
        encoded = sampler._tokenizer(reply.text, add_special_tokens=False).input_ids
        encoded += [1] * (reply.tokens - len(encoded))  # its end
        if "\ufffd" not in reply.text and encoded.count(1) <= 1:  # else bytes that are no text
            compared += 1
            assert reply.log_probability == pytest.approx(by_hand(sampler, tokens, encoded), abs=1e-3)
    assert compared


def test_replies_derive_from_the_grammar_and_are_scored_as_they_were_drawn(sampler: LocalSampler) -> None:
    replies = sampler.sample(PROMPT, Draw(count=70, max_tokens=20, grammar=GRAMMAR))
    assert len(replies) == 70 and len({reply.text for reply in replies}) > 3
    assert all(DERIVED.fullmatch(reply.text) for reply in replies)
    scores = sampler.score(PROMPT, [reply.text for reply in replies])
    tokens = sampler._tokenizer(PROMPT).input_ids
    for reply, score in zip(replies, scores, strict=True):
        encoded = sampler._tokenizer(reply.text, add_special_tokens=False).input_ids
        assert reply.tokens == len(encoded) + 1
        end = by_hand(sampler, tokens + encoded, [1])
        assert reply.log_probability == pytest.approx(score + end, abs=1e-3)


def test_a_text_that_stops_replies_is_no_part_of_them(sampler: LocalSampler) -> None:
    grammar = 'root ::= ([a-c] | "-" | "->")+ "=>" [a-c]+'
    replies = sampler.sample(PROMPT, Draw(count=33, max_tokens=60, grammar=grammar, stop="=>"))
    ended = [reply for reply in replies if reply.tokens < 60]
    assert ended and not any("=>" in reply.text for reply in replies)
    scores = sampler.score(PROMPT, [reply.text + "=>" for reply in ended])
    assert [reply.log_probability for reply in ended] == pytest.approx(scores, abs=2e-3)


def test_frequencies_follow_probabilities(sampler: LocalSampler) -> None:
    """Under a grammar, and at another temperature, they are the model's, renormalised."""
    texts = ["a", "b", "c", "d"]
    scores = sampler.score(PROMPT, texts)
    for temperature in (1.0, 3.0):
        weights = [math.exp(score / temperature) for score in scores]
        draw = Draw(count=600, max_tokens=1, temperature=temperature, grammar="root ::= [a-d] [a-d]")
        drawn = [reply.text for reply in sampler.sample(PROMPT, draw)]
        for text, weight in zip(texts, weights, strict=True):
            share = weight / sum(weights)
            assert abs(drawn.count(text) / 600 - share) < 5 * math.sqrt(share * (1 - share) / 600) + 0.002


def test_temperature_nought_takes_the_likeliest(sampler: LocalSampler) -> None:
    first, *rest = sampler.sample(PROMPT, Draw(count=5, max_tokens=6, temperature=0.0))
    assert [reply.text for reply in rest] == [first.text] * 4


@settings(max_examples=15)
@given(texts=st.lists(st.text("ab é(", max_size=9), min_size=1, max_size=5))
def test_a_score_does_not_depend_on_its_company(sampler: LocalSampler, texts: list[str]) -> None:
    together = sampler.score(PROMPT, texts)
    assert together == pytest.approx([sampler.score(PROMPT, [text])[0] for text in texts], abs=1e-3)
    tokens = sampler._tokenizer(PROMPT).input_ids
    encoded = [sampler._tokenizer(text, add_special_tokens=False).input_ids for text in texts]
    assert together == pytest.approx([by_hand(sampler, tokens, more) for more in encoded], abs=1e-3)


def test_a_chat_is_put_into_the_models_template(sampler: LocalSampler) -> None:
    draw = Draw(count=3, max_tokens=6, temperature=0.0)
    assert sampler.sample(CHAT, draw) == sampler.sample("<user>Say something.\n<assistant>", draw)


def test_a_schema_holds_replies_to_it(sampler: LocalSampler) -> None:
    schema = {
        "type": "object",
        "properties": {"kind": {"enum": ["list", "int"]}, "sure": {"type": "boolean"}},
        "required": ["kind", "sure"],
        "additionalProperties": False,
    }
    for reply in sampler.sample(CHAT, Draw(count=4, max_tokens=60, schema=schema)):
        read = json.loads(reply.text)
        assert read["kind"] in ("list", "int") and isinstance(read["sure"], bool)


@pytest.mark.parametrize(
    ("prompt", "draw", "says"),
    [
        (PROMPT, Draw(1, 4, grammar="root ::= ("), "can't be held to this grammar"),
        (PROMPT, Draw(1, 4, grammar=""), "can't be held to this grammar"),
        (PROMPT, Draw(1, 4, schema={"type": "nonsense"}), "can't be held to this schema"),
        ("x" * CONTEXT, Draw(1, 4), f"takes {CONTEXT} tokens"),
        (PROMPT, Draw(1, CONTEXT), f"takes {CONTEXT} tokens"),
        ("", Draw(1, 4), "empty prompt"),
    ],
)
def test_requests_that_are_wrong_are_refused(
    sampler: LocalSampler, prompt: Prompt, draw: Draw, says: str
) -> None:
    with pytest.raises(RequestRefused, match=says):
        sampler.sample(prompt, draw)
    assert sampler.sample(PROMPT, Draw(1, 2))  # and it goes on


def test_threads_take_turns(sampler: LocalSampler) -> None:
    draw = Draw(count=3, max_tokens=8, temperature=0.0, grammar=GRAMMAR)
    expected = sampler.sample(PROMPT, draw)
    with ThreadPoolExecutor(4) as pool:
        assert all(
            replies == expected for replies in pool.map(lambda _: sampler.sample(PROMPT, draw), range(8))
        )


def test_an_adapter_changes_what_is_likely(sampler: LocalSampler, checkpoint: Path, tmp_path: Path) -> None:
    path = save_adapter(tmp_path / "adapter", checkpoint)
    texts = ["f(xs)", "f(7, é)"]
    [reference, _] = module._load(checkpoint, None, "cpu")
    unmerged = peft.PeftModel.from_pretrained(reference, str(path)).eval()
    adapted = LocalSampler(checkpoint, path, device="cpu")
    scores = adapted.score(PROMPT, texts)
    assert scores != pytest.approx(sampler.score(PROMPT, texts), abs=0.1)
    adapted._model = unmerged
    assert scores == pytest.approx(adapted.score(PROMPT, texts), abs=1e-2)


def test_a_checkpoint_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(GuideUnavailable, match="no checkpoint in"):
        LocalSampler(tmp_path)


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-2000])


def drop_a_weight(path: Path) -> None:
    from safetensors.torch import load_file, save_file

    weights = load_file(path)
    del weights["model.layers.1.mlp.up_proj.weight"]
    save_file(weights, path, metadata={"format": "pt"})


@pytest.mark.parametrize(
    ("name", "damage", "says"),
    [
        ("config.json", lambda path: path.write_text("{"), "can't be read"),
        ("config.json", lambda path: path.write_text('{"model_type": "unheard-of"}'), "can't be read"),
        ("config.json", lambda path: path.write_text(path.read_text().replace("32", "48")), "can't be read"),
        ("model.safetensors", truncate, "can't be read"),
        ("model.safetensors", lambda path: path.write_bytes(b"junk" * 100), "can't be read"),
        ("model.safetensors", lambda path: path.unlink(), "can't be read"),
        ("model.safetensors", drop_a_weight, r"lacks 1 weights: model\.layers\.1\.mlp\.up_proj"),
        ("tokenizer.json", lambda path: path.write_text("{}"), "can't be read"),
    ],
)
def test_a_corrupt_checkpoint(checkpoint: Path, tmp_path: Path, name: str, damage: Any, says: str) -> None:
    folder = tmp_path / "model"
    shutil.copytree(checkpoint, folder)
    damage(folder / name)
    with pytest.raises(GuideUnavailable, match=says) as caught:
        LocalSampler(folder, device="cpu")
    assert str(folder) in str(caught.value)


@pytest.mark.parametrize("changes", [{"hidden_size": 64}, {"num_hidden_layers": 3}, {"num_hidden_layers": 1}])
def test_an_adapter_for_another_model(checkpoint: Path, tmp_path: Path, changes: dict[str, int]) -> None:
    adapter = save_adapter(tmp_path / "adapter", save_model(tmp_path / "other", **changes))
    with pytest.raises(GuideUnavailable, match="doesn't fit the model"):
        LocalSampler(checkpoint, adapter, device="cpu")


def test_an_adapter_that_is_not_there_or_damaged(checkpoint: Path, tmp_path: Path) -> None:
    with pytest.raises(GuideUnavailable, match="no adapter in"):
        LocalSampler(checkpoint, tmp_path, device="cpu")
    adapter = save_adapter(tmp_path / "adapter", checkpoint)
    truncate(adapter / "adapter_model.safetensors")
    with pytest.raises(GuideUnavailable, match="doesn't fit the model"):
        LocalSampler(checkpoint, adapter, device="cpu")


@pytest.mark.parametrize("package", ["transformers", "torch"])
def test_without_the_extra_it_says_what_to_install(
    checkpoint: Path, monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(GuideUnavailable, match=r"wakesleep\[llm\]"):
        LocalSampler(checkpoint)


def test_a_device_that_is_not_there(checkpoint: Path) -> None:
    with pytest.raises(GuideUnavailable, match="can't be put on"):
        LocalSampler(checkpoint, device="cuda:99")
