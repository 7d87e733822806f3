"""A real Ray cluster on this machine, for processes of tests and for those that they start."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.app.serving import ROOT


@contextmanager
def two_nodes() -> Iterator[Any]:
    """A head and a node, a core each; `RAY_ADDRESS` names it meanwhile."""
    from ray.cluster_utils import Cluster

    os.environ["PYTHONPATH"] = str(ROOT)  # for the nodes' processes
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    made.add_node(num_cpus=1)
    os.environ["RAY_ADDRESS"] = str(made.address)
    try:
        yield made
    finally:
        import ray

        ray.shutdown()
        made.shutdown()
        del os.environ["RAY_ADDRESS"], os.environ["PYTHONPATH"]


def kill_one(cluster: Any) -> None:
    """The node that isn't the head dies."""
    (node,) = [node for node in cluster.list_all_nodes() if not node.head]
    cluster.remove_node(node, allow_graceful=False)
