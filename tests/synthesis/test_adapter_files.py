"""An adapter's files are looked at before a server gets them: vLLM itself takes what doesn't fit."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file, save_file

from synthesis.adapter_files import check_fits, check_intact, files_hash
from synthesis.guide import GuideUnavailable, MissingGuide
from synthesis.keeper import RunConfig
from synthesis.model_guide import ModelGuide
from synthesis.report import Adapter
from synthesis.run_guides import model_guide
from tests.synthesis.model_server import Answer, Endpoint, models
from tests.synthesis.tiny_model import save_adapter, save_model
from tests.synthesis.tuned_toys import LIBRARY


@pytest.fixture
def adapter(checkpoint: Path, tmp_path: Path) -> Path:
    return save_adapter(tmp_path / "adapter", checkpoint)


def test_what_was_made_for_a_model_fits_it(adapter: Path, checkpoint: Path) -> None:
    check_fits(adapter, checkpoint)


def test_a_checkpoint_in_several_files(adapter: Path, checkpoint: Path, tmp_path: Path) -> None:
    import transformers

    model = transformers.AutoModelForCausalLM.from_pretrained(checkpoint)
    model.save_pretrained(tmp_path / "sharded", max_shard_size="20KB")
    assert len(list((tmp_path / "sharded").glob("*.safetensors"))) > 1
    check_fits(adapter, tmp_path / "sharded")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"hidden_size": 64}, r"q_proj takes 4x32 and 32x4, and it has 4x64 and 64x4"),
        ({"num_key_value_heads": 4}, r"v_proj takes 4x32 and 16x4, and it has 4x32 and 32x4"),
        (
            {"num_hidden_layers": 3},
            r"2 of its weights are for matrices that the model hasn't: model\.layers\.2",
        ),
        ({"num_hidden_layers": 1}, r"it has no weights for model\.layers\.1\.self_attn\.q_proj"),
    ],
)
def test_another_models_adapter_is_refused(
    checkpoint: Path, tmp_path: Path, changes: dict[str, int], says: str
) -> None:
    adapter = save_adapter(tmp_path / "adapter", save_model(tmp_path / "other", **changes))
    with pytest.raises(GuideUnavailable, match=says):
        check_fits(adapter, checkpoint)
    check_fits(adapter, tmp_path / "other")


def edit_config(**changes: Any) -> Callable[[Path], None]:
    def edit(adapter: Path) -> None:
        path = adapter / "adapter_config.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | changes))

    return edit


def edit_weights(change: Callable[[dict[str, Any]], Any]) -> Callable[[Path], None]:
    def edit(adapter: Path) -> None:
        path = adapter / "adapter_model.safetensors"
        weights = load_file(path)
        change(weights)
        save_file(weights, path)

    return edit


def write(name: str, content: bytes) -> Callable[[Path], Any]:
    return lambda adapter: (adapter / name).write_bytes(content)


FACTOR = "base_model.model.model.layers.1.self_attn.v_proj.lora_B.weight"
WEIGHTS = "adapter_model.safetensors"


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (edit_config(r=8), "takes 8x32"),
        (edit_config(target_modules=["q_proj"]), "for matrices that the model hasn't"),
        (edit_config(target_modules=["q_proj", "v_proj", "o_proj"]), "no weights for .*o_proj"),
        (edit_config(layers_to_transform=[1]), "for matrices that the model hasn't: .*layers.0"),
        (edit_config(peft_type="IA3"), "no LoRA adapter"),
        (edit_weights(lambda weights: weights.pop(FACTOR)), r"v_proj takes .* and it has 4x32$"),
        (edit_weights(lambda weights: weights.update(odd=weights[FACTOR].clone())), "has a weight odd"),
        (edit_weights(lambda weights: weights.clear()), "no weights for"),
        (lambda adapter: (adapter / "adapter_config.json").unlink(), "can't be read: .*adapter_config"),
        (write("adapter_config.json", b"[1]"), "is no JSON object"),
        (write("adapter_config.json", b"\xff{"), "is no JSON"),
        (write(WEIGHTS, b""), "no (whole )?safetensors file"),
        (write(WEIGHTS, b"junk" * 100), "no whole safetensors file"),
        (write(WEIGHTS, (2).to_bytes(8, "little") + b"[]"), "no safetensors file"),
        (write(WEIGHTS, (12).to_bytes(8, "little") + b'{"a":{"b":1}}'[:12]), "no safetensors file"),
        (lambda a: (a / WEIGHTS).write_bytes((a / WEIGHTS).read_bytes()[:-1]), "no whole safetensors file"),
    ],
)
def test_what_is_damaged_is_refused(
    adapter: Path, checkpoint: Path, damage: Callable[[Path], Any], says: str
) -> None:
    damage(adapter)
    with pytest.raises(GuideUnavailable, match=says) as caught:
        check_fits(adapter, checkpoint)
    assert str(adapter) in str(caught.value)


def test_a_base_that_can_not_be_read_is_named(adapter: Path, tmp_path: Path) -> None:
    with pytest.raises(GuideUnavailable, match=r"the checkpoint in .*nowhere can't be read"):
        check_fits(adapter, tmp_path / "nowhere")


def recorded(folder: Path, parent: str | None = None) -> Adapter:
    sha256 = files_hash(folder)
    return Adapter(f"recognition-{sha256[:12]}", str(folder), "lora", "tiny", sha256, "d", parent)


def test_files_that_changed_are_not_what_was_tuned(adapter: Path) -> None:
    made = recorded(adapter)
    check_intact(made)
    weights = adapter / WEIGHTS
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    with pytest.raises(GuideUnavailable, match=f"files of {made.name} in .* aren't those that were tuned"):
        check_intact(made)
    shutil.rmtree(adapter)
    with pytest.raises(GuideUnavailable, match="are gone"):
        check_intact(made)


def test_a_file_s_name_counts_and_its_folder_s_does_not(adapter: Path, tmp_path: Path) -> None:
    before = files_hash(adapter)
    moved = adapter.rename(tmp_path / "moved")
    assert files_hash(moved) == before
    (moved / "README.md").rename(moved / "README.txt")
    assert files_hash(moved) != before


class Server:
    """Lists its models, and takes every adapter that it is told to load, as vLLM does."""

    def __init__(self) -> None:
        self.loaded: list[str] = []

    def __call__(self, body: dict[str, Any]) -> tuple[int, str]:
        if body["path"].endswith("/load_lora_adapter"):
            self.loaded.append(body["lora_name"])
        elif body["path"].endswith("/unload_lora_adapter"):
            self.loaded.remove(body["lora_name"])
        else:
            return models("tiny", *self.loaded)
        return 200, '"Success"'


def test_a_server_gets_what_fits_and_never_what_does_not(
    serve: Callable[[Answer], Endpoint], adapter: Path, checkpoint: Path, tmp_path: Path
) -> None:
    server = Server()
    url = serve(server).url
    config = RunConfig("list", 1, 1.0, guides=("model",), model_url=url, model_name="tiny")
    config = replace(config, model_path=str(checkpoint))

    made = recorded(adapter)
    guide = model_guide(config, "", LIBRARY, [], made)
    assert isinstance(guide, ModelGuide), vars(guide)
    assert server.loaded == [made.name]

    other = save_model(tmp_path / "other", hidden_size=64)
    misfit = recorded(save_adapter(tmp_path / "misfit", other), made.name)
    corrupt = recorded(shutil.copytree(adapter, tmp_path / "corrupt"), made.name)
    (tmp_path / "corrupt" / WEIGHTS).write_bytes(b"junk")
    whole = replace(recorded(other), kind="full")
    for wrong in (misfit, corrupt, whole):
        guide = model_guide(config, "", LIBRARY, [], wrong)
        assert isinstance(guide, MissingGuide)
        assert server.loaded == [made.name]  # and what was in use stays
