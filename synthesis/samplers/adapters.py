"""Adapters of a server's model: which are loaded, load one, unload one.

vLLM does this while it runs, where it was started with `--enable-lora` and
VLLM_ALLOW_RUNTIME_LORA_UPDATING=1. An adapter is then a model with a name of its own, beside its base. Names
are for ever: a server may go on serving what it cached under a name, so other weights want another name.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from synthesis.guide import GuideUnavailable
from synthesis.samplers.openai_sampler import ModelEndpoint, connected, speaking_with

_ADVICE = {
    404: "vLLM changes adapters while it runs with --enable-lora and VLLM_ALLOW_RUNTIME_LORA_UPDATING=1, and "
    "has to see the adapter's folder under the same path",
    400: "was it trained for this model, and is its rank within vLLM's --max-lora-rank?",
    500: "was it trained for this model, and is its rank within vLLM's --max-lora-rank?",
}
"""What to do about vLLM's answers, by status."""


class AdapterServer:
    """May be called from several threads at once. Its errors are GuideUnavailable."""

    def __init__(self, endpoint: ModelEndpoint) -> None:
        """`endpoint.model` is the base model; which adapters there are doesn't depend on it."""
        self.endpoint = endpoint

    def loaded(self) -> tuple[str, ...]:
        """The names of the adapters that the server has now: of its models those with a parent."""
        with speaking_with(self.endpoint):
            models = self._client.models.list().data
            names = tuple(model.id for model in models if getattr(model, "parent", None))
            if not all(isinstance(name, str) for name in names):
                raise ValueError("a list of models without names")
            return names

    def load(self, name: str, path: Path) -> None:
        """Loads the adapter in the folder `path`, which the server has to see under this path too.

        Does nothing where an adapter of this name is loaded, whatever its weights. vLLM checks the rank, not
        the sizes: it takes an adapter for another model too, and applies it at the first request.
        """
        if name not in self.loaded():
            path = path.absolute()
            try:
                self._post("load_lora_adapter", lora_name=name, lora_path=str(path))
            except GuideUnavailable as error:
                if name not in self.loaded():  # else another process was faster
                    raise _explained(error, f"adapter {name!r} can't be loaded from {path}") from error

    def unload(self, name: str) -> None:
        """Does nothing where no adapter of this name is loaded."""
        if name in self.loaded():
            try:
                self._post("unload_lora_adapter", lora_name=name)
            except GuideUnavailable as error:
                if name in self.loaded():
                    raise _explained(error, f"adapter {name!r} can't be unloaded") from error

    def _post(self, route: str, **body: str) -> None:
        # Once: vLLM answers 500 for an adapter that doesn't fit, and will each time.
        once = self._client.with_options(max_retries=0)
        with speaking_with(self.endpoint):
            once.post(f"/{route}", body=body, cast_to=str)

    @cached_property
    def _client(self):
        return connected(self.endpoint)


def _explained(error: GuideUnavailable, what: str) -> GuideUnavailable:
    advice = _ADVICE.get(getattr(error.__cause__, "status_code", 0))
    return GuideUnavailable(f"{what}: {error}" + (f" ({advice})" if advice else ""))
