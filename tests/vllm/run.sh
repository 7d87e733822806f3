#!/usr/bin/env bash
# Runs a command that uses a language model beside a vLLM that serves one, and ends vLLM when the command ends:
#
#   run.sh COMMAND…           what `make run-vllm` does with `wakesleep serve --learn-shipped`
#
# MODEL_PORT: vLLM's, 8123 by default; a run remembers the address of its model, so it should stay the same.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
environment="${WAKESLEEP_VLLM_ENVIRONMENT:-"$here/../../.venv-vllm"}"
model="$(realpath "$environment/models/smollm2")"
port="${MODEL_PORT:-8123}"

export WAKESLEEP_DATA_DIR="${WAKESLEEP_DATA_DIR:-var/vllm}" # runs without a model are kept apart
export WAKESLEEP_MODEL_URL="http://127.0.0.1:$port/v1" WAKESLEEP_MODEL_NAME="${model##*/}" WAKESLEEP_MODEL_PATH="$model"
export WAKESLEEP_TUNING_SECONDS="${WAKESLEEP_TUNING_SECONDS:-300}"
log="$WAKESLEEP_DATA_DIR/vllm.log"

listening() { (: < "/dev/tcp/127.0.0.1/$port") 2>/dev/null; }
healthy() {
    listening && "$environment/bin/python" -c 'import sys, urllib.request; urllib.request.urlopen(sys.argv[1], timeout=5)' \
        "http://127.0.0.1:$port/health" 2>/dev/null
}
end_server() { # and all that it started, kindly at first
    local kind
    for kind in TERM KILL; do
        kill "-$kind" -- "-$server" 2>/dev/null || return 0
        for _ in {1..75}; do
            kill -0 -- "-$server" 2>/dev/null || return 0
            sleep 0.2
        done
    done
}

if listening; then
    echo "run-vllm: port $port is taken; MODEL_PORT=… names another" >&2
    exit 1
fi
mkdir -p "$WAKESLEEP_DATA_DIR"
echo "run-vllm: starting vLLM, which takes a minute or so; its log is $log" >&2
setsid "$here/serve.sh" "$port" "$model" > "$log" 2>&1 < /dev/null &
server=$!
trap end_server EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
until healthy; do
    if ! kill -0 "$server" 2>/dev/null; then
        echo "run-vllm: vLLM did not come up; the end of its log:" >&2
        tail -n 20 "$log" >&2
        exit 1
    fi
    sleep 1
done

"$@" &
command=$!
trap 'kill -TERM "$command" 2>/dev/null || true' INT TERM
status=0
while kill -0 "$command" 2>/dev/null; do # a signal ends the wait before the command has ended
    wait "$command" && status=0 || status=$?
done
exit "$status"
