"""What is in an adapter's folder: whether it is what was recorded, and whether it fits a model.

Servers don't look: vLLM takes an adapter of another model's sizes and applies it at the first request. Files
are read as far as their headers, so that neither torch nor much time is needed.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from synthesis.guide import GuideUnavailable
from synthesis.report import Adapter

Shape = tuple[int, ...]

_CHUNK = 1 << 20
_LONGEST_HEADER = 100_000_000  # bytes, safetensors' own bound
_FACTOR = re.compile(r"base_model\.model\.(?P<module>.+)\.lora_(?P<factor>[AB])\.weight")
_LAYER = re.compile(r"\.(\d+)\.")


def files_hash(folder: Path) -> str:
    """SHA-256 over the names and contents of a folder's files."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            digest.update(f"{path.relative_to(folder)}\0{path.stat().st_size}\0".encode())
            with path.open("rb") as file:
                while chunk := file.read(_CHUNK):
                    digest.update(chunk)
    return digest.hexdigest()


def check_intact(adapter: Adapter) -> None:
    """Raises GuideUnavailable where the adapter's files aren't those that were recorded."""
    folder = Path(adapter.path)
    if not folder.is_dir():
        raise GuideUnavailable(f"the files of {adapter.name} are gone: there is no folder {folder}")
    try:
        intact = files_hash(folder) == adapter.sha256
    except OSError as error:
        raise GuideUnavailable(f"the files of {adapter.name} can't be read: {error}") from error
    if not intact:
        raise GuideUnavailable(f"the files of {adapter.name} in {folder} aren't those that were tuned")


def check_fits(adapter: Path, base: Path) -> None:
    """Raises GuideUnavailable unless the adapter in one folder is a LoRA adapter for the checkpoint in the
    other: for each matrix that it names, and no other, two factors of the right sizes."""
    try:
        config = _json_object(adapter / "adapter_config.json")
        factors = _header(adapter / "adapter_model.safetensors")
    except (OSError, ValueError) as error:
        raise GuideUnavailable(f"the adapter in {adapter} can't be read: {error}") from error
    try:
        matrices = _matrices(base)
    except (OSError, ValueError) as error:
        raise GuideUnavailable(f"the checkpoint in {base} can't be read: {error}") from error
    misfit = next(_misfits(config, factors, matrices), None)
    if misfit is not None:
        raise GuideUnavailable(f"the adapter in {adapter} doesn't fit the model in {base}: {misfit}")


def _misfits(
    config: Mapping[str, Any], factors: Mapping[str, Shape], matrices: Mapping[str, Shape]
) -> Iterator[str]:
    """What is wrong, in words."""
    if config.get("peft_type") != "LORA" or not isinstance(config.get("r"), int):
        yield "it is no LoRA adapter"
        return
    found: dict[str, dict[str, Shape]] = {}
    for name, shape in factors.items():
        match = _FACTOR.fullmatch(name)
        if match is None:
            yield f"it has a weight {name}, which isn't a factor of a matrix"
        else:
            found.setdefault(match["module"], {})[match["factor"]] = shape
    wanted = {module for module in matrices if _targeted(module, config)}
    strange, missing = sorted(found.keys() - wanted), sorted(wanted - found.keys())
    if strange:
        yield f"{len(strange)} of its weights are for matrices that the model hasn't: {strange[0]}, ..."
    if missing or not wanted:
        yield f"it has no weights for {missing[0] if missing else 'any matrix of the model'}"
    rank = config["r"]
    for module in sorted(found.keys() & wanted):
        outputs, inputs = matrices[module]
        expected = {"A": (rank, inputs), "B": (outputs, rank)}
        if found[module] != expected:
            yield f"{module} takes {_sizes(expected)}, and it has {_sizes(found[module])}"


def _targeted(module: str, config: Mapping[str, Any]) -> bool:
    """Whether an adapter of this configuration changes the matrix `module`."""
    targets, layers = config.get("target_modules"), config.get("layers_to_transform")
    if isinstance(targets, str):
        return re.fullmatch(targets, module) is not None
    if not any(module == target or module.endswith(f".{target}") for target in targets or ()):
        return False
    if layers is None:
        return True
    layer = _LAYER.search(module)
    return layer is not None and int(layer[1]) in ([layers] if isinstance(layers, int) else layers)


def _sizes(factors: Mapping[str, Shape]) -> str:
    return " and ".join("x".join(map(str, shape)) for _, shape in sorted(factors.items()))


def _matrices(base: Path) -> dict[str, Shape]:
    """(outputs, inputs) of a checkpoint's matrices, by the module's name."""
    index = base / "model.safetensors.index.json"
    names = ["model.safetensors"]
    if index.is_file():
        names = sorted(set(_json_object(index)["weight_map"].values()))
    shapes = {name: shape for file in names for name, shape in _header(base / file).items()}
    return {
        name.removesuffix(".weight"): shape
        for name, shape in shapes.items()
        if name.endswith(".weight") and len(shape) == 2
    }


def _header(path: Path) -> dict[str, Shape]:
    """The shapes in a safetensors file, by name. Raises OSError; ValueError for what isn't a whole one."""
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if length > min(_LONGEST_HEADER, path.stat().st_size - 8):
            raise ValueError(f"{path.name} is no whole safetensors file")
        try:
            header = json.loads(file.read(length))
            header.pop("__metadata__", None)
            shapes = {name: tuple(map(int, entry["shape"])) for name, entry in header.items()}
            end = max((entry["data_offsets"][1] for entry in header.values()), default=0)
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            raise ValueError(f"{path.name} is no safetensors file") from error
    if path.stat().st_size != 8 + length + end:
        raise ValueError(f"{path.name} is no whole safetensors file")
    return shapes


def _json_object(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise ValueError(f"{path.name} is no JSON") from error
    if not isinstance(value, dict):
        raise ValueError(f"{path.name} is no JSON object")
    return value  # pyright: ignore[reportUnknownVariableType]
