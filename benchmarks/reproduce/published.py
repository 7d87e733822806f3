"""What others published on these tasks, in one line a domain, with what it cost them."""

from __future__ import annotations

from collections.abc import Mapping

PUBLISHED: Mapping[str, str] = {
    "list": "93–102 of 109 (DreamCoder, 12 min x 64 CPUs a task)",
    "recursive": "20 of 20 (DreamCoder, 5 days x 64 CPUs)",
    "text": "79.6 % of 108 SyGuS problems after training on such tasks (DreamCoder, 10 min a task)",
    "physics": "93 % of 60 (DreamCoder, 4 h x 64 CPUs an iteration)",
    "logo": "61–76 of 80 (DreamCoder)",
    "tower": "49–53 of 53 (DreamCoder)",
}
"""DreamCoder: Ellis et al., PLDI 2021, and its repository's records; on its own machines, so costs and counts
compare loosely."""
