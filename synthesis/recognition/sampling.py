"""Sampling from the decoder, cheaply: what the training path works out for every token is folded into tables
once, so that a step is four small products and a few sums.

The numbers are those of `RecognitionNetwork.log_probabilities` (a test holds them together). Rows that are
finished cost nothing more. The sums are numpy's: on sixteen rows a call of torch costs more than its work.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

import engine
from synthesis.recognition.network import RecognitionNetwork

_BELOW_ONE = 1 - 1e-6  # of a float that rounding may take to 1, past the last token
_NEVER = -1e9  # a score that no draw reaches


class ProgramSampler:
    """Draws programs from one trained network. Immutable; may be used from several threads."""

    @torch.no_grad()
    def __init__(self, network: RecognitionNetwork) -> None:
        torch.set_num_threads(1)  # as for training: products this small are slower on several
        embedding, width = network.shape.token_embedding, network.shape.width
        gru = {name: parameter.detach() for name, parameter in network.recurrent.named_parameters()}
        token, context, choice, told = gru["weight_ih_l0"].split([embedding, embedding, embedding, width], 1)
        hidden, self._mixed_told = network.mixed.weight.detach().split([width, width], 1)
        self._token = F.linear(network.token.weight, token).numpy()
        contexts = F.linear(network.context.weight, context) + F.linear(network.choices.bias, choice)
        self._context = contexts.numpy()
        self._choice = (choice @ network.choices.weight).T.contiguous()
        self._told, self._told_bias = told, gru["bias_ih_l0"]
        self._recur, self._recur_bias = gru["weight_hh_l0"].T.contiguous(), gru["bias_hh_l0"]
        self._mixed_hidden = hidden.T.contiguous()
        self._network = network

    @torch.no_grad()
    def sample(
        self,
        summaries: Tensor,
        grammars: Tensor,
        decoder: engine.TypedDecoder,
        rows: np.ndarray,
        seed: int,
        temperature: float = 1.0,
    ) -> np.ndarray:
        """Writes one program into each of `decoder`'s B rows; returns their log Q at temperature 1, [B] nats.

        `summaries` [S, d] and their `grammars` [S, C, P+1]; `rows` [B] says which summary a row is for. Rows
        that the decoder abandons (too large, nothing fits) have no term; their number means nothing.
        """
        network, rng = self._network, np.random.default_rng(seed)
        productions, width = network.productions, network.shape.width
        weights = grammars.numpy()
        told_gates = F.linear(summaries, self._told, self._told_bias).numpy()
        told_mixed = F.linear(summaries, self._mixed_told, network.mixed.bias).numpy()
        hidden = torch.tanh(network.start(summaries)).numpy()[rows]
        previous = np.full(len(rows), network.vocabulary)
        total = np.zeros(len(rows))
        while not decoder.done:
            allowed = decoder.masks().astype(bool)
            live = np.flatnonzero(allowed.any(-1))
            allowed, contexts, which = allowed[live], decoder.contexts()[live], rows[live]
            masks = allowed.astype(np.float32)

            gates = self._token[previous[live]] + self._context[contexts] + told_gates[which]
            gates += torch.mm(torch.from_numpy(masks), self._choice).numpy()
            before = hidden[live]
            recurrent = torch.addmm(self._recur_bias, torch.from_numpy(before), self._recur).numpy()
            opening = _sigmoid(gates[:, : 2 * width] + recurrent[:, : 2 * width])
            candidate = np.tanh(gates[:, 2 * width :] + opening[:, :width] * recurrent[:, 2 * width :])
            after = candidate + opening[:, width:] * (before - candidate)
            hidden[live] = after

            told = torch.from_numpy(told_mixed[which])
            mixed = F.gelu(torch.addmm(told, torch.from_numpy(after), self._mixed_hidden))
            logits = F.linear(mixed, network.correction.weight, network.correction.bias).numpy()
            rules = weights[which, contexts]
            logits[:, :productions] += rules[:, :productions]
            in_reach = np.maximum(masks[:, productions:].sum(1, keepdims=True), 1)
            logits[:, productions:] += rules[:, productions:] - np.log(in_reach)
            logits[~allowed] = _NEVER
            scores = logits - logits.max(1, keepdims=True)
            scores -= np.log(np.exp(scores).sum(1, keepdims=True))

            sums = np.exp(scores / temperature).cumsum(1)  # impossible tokens add nothing
            points = rng.random((len(live), 1), np.float32) * _BELOW_ONE * sums[:, -1:]
            chosen = (sums <= points).sum(1)
            previous[live] = chosen
            total[live] += scores[np.arange(len(live)), chosen]
            pushed = np.zeros(len(rows), np.int64)
            pushed[live] = chosen
            decoder.push(pushed)
        return total


def _sigmoid(x: np.ndarray) -> np.ndarray:
    """Without an exponential that could overflow."""
    return 0.5 + 0.5 * np.tanh(0.5 * x)
