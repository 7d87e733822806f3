#!/usr/bin/env bash
# Serves a model with vLLM on a CPU, the way the tests and `make run-vllm` want it; becomes the server.
#
#   serve.sh PORT [MODEL]     MODEL: a folder, by default the small one that prepare.sh makes
#
# The model's name at the server is its folder's. WAKESLEEP_VLLM_ENVIRONMENT: where prepare.sh put things.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
environment="${WAKESLEEP_VLLM_ENVIRONMENT:-"$here/../../.venv-vllm"}"
port="$1"
model="${2:-"$environment/models/smollm2"}"

unset OMP_NUM_THREADS # vLLM binds its threads itself
export HF_HUB_OFFLINE=1 VLLM_NO_USAGE_STATS=1
export VLLM_CPU_KVCACHE_SPACE="${VLLM_CPU_KVCACHE_SPACE:-1}" # GB
export VLLM_ALLOW_RUNTIME_LORA_UPDATING=1                   # tuned versions come and go while it runs

# --lora-target-modules: all that an adapter may change. Without it vLLM 0.32 gives the output layer an adapter
# too, and on a CPU dies of the first request to score a given program.
# --enforce-eager: else it compiles for more than a minute at its first start.
exec "$environment/bin/python" -m vllm.entrypoints.openai.api_server \
    --model "$model" --served-model-name "$(basename "$model")" --host 127.0.0.1 --port "$port" \
    --dtype bfloat16 --max-model-len 2048 --max-num-seqs 64 --enable-prefix-caching --enforce-eager \
    --enable-lora --max-lora-rank 16 \
    --lora-target-modules q_proj k_proj v_proj o_proj gate_proj up_proj down_proj
