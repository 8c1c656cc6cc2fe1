"""Several servers together: a cluster of three masters, and a master with a replica and a Sentinel."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from .servers import HOST, Server

_SLOTS = ((0, 5460), (5461, 10922), (10923, 16383))
_PATIENCE = 30.0
_WHERE = ("GET-MASTER-ADDR-BY-NAME", "mymaster")


@contextmanager
def cluster() -> Iterator[list[Server]]:
    """Three masters that share the slots."""
    options = ("cluster-enabled yes", "cluster-node-timeout 2000", "cluster-config-file nodes.conf")
    with ExitStack() as stack:
        nodes = [stack.enter_context(Server(*options)) for _ in _SLOTS]
        for node, (first, last) in zip(nodes, _SLOTS, strict=True):
            assert node.ask("CLUSTER", "ADDSLOTSRANGE", str(first), str(last)).startswith(b"+OK")
            node.ask("CLUSTER", "MEET", HOST, str(nodes[0].port))
        for node in nodes:
            _wait(lambda node=node: b"cluster_state:ok" in node.ask("CLUSTER", "INFO"))
            _wait(lambda node=node: node.ask("CLUSTER", "SLOTS").startswith(b"*3"))
        yield nodes


class Watched:
    """A master, its replica, and the Sentinel that watches them under the name `mymaster`."""

    def __init__(self, stack: ExitStack) -> None:
        quick = "repl-diskless-sync-delay 0"
        self.master = stack.enter_context(Server(quick))
        self.replica = stack.enter_context(Server(quick, f"replicaof {HOST} {self.master.port}"))
        self.sentinel = stack.enter_context(
            Server(
                f"sentinel monitor mymaster {HOST} {self.master.port} 1",
                "sentinel down-after-milliseconds mymaster 500",
                "sentinel failover-timeout mymaster 3000",
                sentinel=True,
            )
        )
        _wait(lambda: b"master_link_status:up" in self.replica.ask("INFO", "replication"))
        _wait(lambda: b"num-slaves\r\n$1\r\n1" in self.sentinel.ask("SENTINEL", "MASTER", "mymaster"))

    def fail_over(self) -> None:
        """Make the replica the master; the old one becomes its replica, and cuts its clients off."""
        _wait(lambda: self.sentinel.ask("SENTINEL", "FAILOVER", "mymaster").startswith(b"+OK"))
        _wait(lambda: str(self.replica.port).encode() in self.sentinel.ask("SENTINEL", *_WHERE))
        _wait(lambda: b"role:master" in self.replica.ask("INFO", "replication"))
        # what the Sentinel does too, some ten seconds later; until then the old master takes writes, and loses them
        self.master.ask("REPLICAOF", HOST, str(self.replica.port))
        for kind in ("normal", "pubsub"):
            self.master.ask("CLIENT", "KILL", "TYPE", kind)


@contextmanager
def watched() -> Iterator[Watched]:
    """A master with a replica and a Sentinel."""
    with ExitStack() as stack:
        yield Watched(stack)


def _wait(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise RuntimeError("the servers do not find together")
        time.sleep(0.02)
