"""Sampling from the decoder, cheaply: what the training path works out for every token is folded into tables
once, so that a step is two small products and a few sums.

The numbers are those of `RecognitionNetwork.log_probabilities` (a test holds them together). Rows that are
finished cost nothing more.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

import engine
from synthesis.recognition.network import RecognitionNetwork

_BELOW_ONE = 1 - 1e-6  # of a float that rounding may take to 1, past the last token


class ProgramSampler:
    """Draws programs from one trained network. Immutable; may be used from several threads."""

    @torch.no_grad()
    def __init__(self, network: RecognitionNetwork) -> None:
        embedding, width = network.shape.token_embedding, network.shape.width
        gru = dict(network.recurrent.named_parameters())
        token, context, choice, told = gru["weight_ih_l0"].split([embedding, embedding, embedding, width], 1)
        self._token = F.linear(network.token.weight, token)
        self._context = F.linear(network.context.weight, context) + F.linear(network.choices.bias, choice)
        self._choice = (choice @ network.choices.weight).T.contiguous()
        self._told, self._told_bias = told, gru["bias_ih_l0"]
        self._recur, self._recur_bias = gru["weight_hh_l0"].T.contiguous(), gru["bias_hh_l0"]
        hidden, self._mixed_told = network.mixed.weight.split([width, width], 1)
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
        network = self._network
        productions = network.productions
        generator = torch.Generator().manual_seed(seed)
        told_gates = F.linear(summaries, self._told, self._told_bias)
        told_mixed = F.linear(summaries, self._mixed_told, network.mixed.bias)
        of = torch.from_numpy(rows)
        hidden = torch.tanh(network.start(summaries))[of]
        previous = torch.full((len(rows),), network.vocabulary)
        total = np.zeros(len(rows))
        while not decoder.done:
            allowed = decoder.masks()
            live = np.flatnonzero(allowed.any(-1))
            at, masks = torch.from_numpy(live), torch.from_numpy(allowed[live].astype(np.float32))
            contexts, which = torch.from_numpy(decoder.contexts()[live]), of[at]

            gates = self._token[previous[at]] + self._context[contexts] + told_gates[which]
            gates = torch.addmm(gates, masks, self._choice)
            before = hidden[at]
            recurrent = torch.addmm(self._recur_bias, before, self._recur)
            width = before.shape[1]
            opening = torch.sigmoid(gates[:, : 2 * width] + recurrent[:, : 2 * width])
            candidate = torch.tanh(gates[:, 2 * width :] + opening[:, :width] * recurrent[:, 2 * width :])
            after = torch.lerp(candidate, before, opening[:, width:])
            hidden[at] = after

            mixed = F.gelu(torch.addmm(told_mixed[which], after, self._mixed_hidden))
            logits = F.linear(mixed, network.correction.weight, network.correction.bias)
            weights = grammars[which, contexts]
            logits[:, :productions] += weights[:, :productions]
            in_reach = masks[:, productions:].sum(1, keepdim=True).clamp(min=1)
            logits[:, productions:] += weights[:, productions:] - in_reach.log()
            scores = logits.masked_fill_(masks == 0, -1e9).log_softmax(-1)

            sums = (scores / temperature).exp_().cumsum(1)  # impossible tokens add nothing
            points = torch.rand((len(live), 1), generator=generator) * _BELOW_ONE * sums[:, -1:]
            chosen = (sums <= points).sum(1)
            previous[at] = chosen
            total[live] += scores.gather(1, chosen[:, None])[:, 0].double().numpy()
            pushed = np.zeros(len(rows), np.int64)
            pushed[live] = chosen.numpy()
            decoder.push(pushed)
        return total
