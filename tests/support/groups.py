"""Several servers that belong together: a primary with a replica and Sentinels, and a cluster."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from typing import Any

import redis

from qctl.store.route import slot_of
from tests.support.loopback import free_port, on_port
from tests.support.scratch import scratch_folder
from tests.support.servers import PrivateRedis, chosen_server, dying_with_us
from tests.support.waiting import eventually

DOWN_AFTER_MS = 400  #: once a crash is to come; before, a machine that stalls must not look like one


class Node:
    """A server on a port, and an administrator's connection to its socket."""

    def __init__(self, port: int, *options: str) -> None:
        self.port = port
        self.server: PrivateRedis = on_port(port, *options)
        self.admin: Any = redis.Redis(unix_socket_path=str(self.server.socket), decode_responses=True)

    def start(self) -> Node:
        self.server.start()
        return self

    def say(self, *words: str | int) -> Any:
        return self.admin.execute_command(*words)

    def info(self, name: str) -> str:
        return str(self.admin.info().get(name))

    def remove(self) -> None:
        self.admin.close()
        self.server.remove()


class Sentinels:
    """A primary and a replica that three Sentinels watch under the name `ops`."""

    def __init__(self) -> None:
        self.primary, self.replica = Node(free_port()), Node(free_port())
        self.ports = [free_port() for _ in range(3)]
        self._folder = scratch_folder("qctl-sentinels-")
        self._processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> Sentinels:
        """Start all of them, and wait until they know each other."""
        self.primary.start()
        self.replica.server.options += ("--replicaof", "127.0.0.1", str(self.primary.port))
        self.replica.start()
        eventually(lambda: self.replica.info("master_link_status") == "up", within=60.0)
        self._processes += [self._start(port) for port in self.ports]
        eventually(self._all_know_each_other, within=60.0)
        return self

    @property
    def url(self) -> str:
        """As qctl takes it, with somebody first who is not there."""
        return "redis+sentinel://127.0.0.1:1," + ",".join(f"127.0.0.1:{port}" for port in self.ports) + "/ops/0"

    def ask(self, *words: str, which: int = 0) -> Any:
        with redis.Redis(port=self.ports[which], decode_responses=True) as sentinel:
            return sentinel.execute_command("SENTINEL", *words)

    def named(self) -> set[int]:
        """The ports that the Sentinels name as the primary's."""
        return {int(self.ask("GET-MASTER-ADDR-BY-NAME", "ops", which=n)[1]) for n in range(3)}

    def fail_over_cleanly(self) -> None:
        """As an operator does who wants to lose nothing: the old primary takes no write while the roles change."""
        self.primary.say("CLIENT", "PAUSE", 20_000, "WRITE")
        eventually(lambda: self.primary.say("WAIT", 1, 100) == 1)
        self.ask("FAILOVER", "ops")
        eventually(lambda: self.named() == {self.replica.port}, within=60.0)

    def crash_primary(self) -> None:
        """`kill -9`, and wait for the Sentinels to have named the other."""
        for which in range(3):
            self.ask("SET", "ops", "down-after-milliseconds", str(DOWN_AFTER_MS), which=which)
        self.primary.server.kill()
        eventually(lambda: self.named() == {self.replica.port}, within=30.0)

    def remove(self) -> None:
        for process in self._processes:
            process.kill()
            process.wait()
        self.primary.remove()
        self.replica.remove()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _start(self, port: int) -> subprocess.Popen[bytes]:
        conf = self._folder / f"{port}.conf"
        conf.write_text(
            f"port {port}\nbind 127.0.0.1\ndir {self._folder}\nlogfile {self._folder}/{port}.log\n"
            f"sentinel monitor ops 127.0.0.1 {self.primary.port} 2\n"
            f"sentinel down-after-milliseconds ops 60000\nsentinel failover-timeout ops 2000\n"
        )
        return subprocess.Popen([os.fspath(chosen_server()), os.fspath(conf), "--sentinel"], preexec_fn=dying_with_us())

    def _all_know_each_other(self) -> bool:
        try:
            known: list[dict[str, Any]] = [self.ask("MASTER", "ops", which=n) for n in range(3)]
        except redis.ConnectionError:
            return False
        return all((k["num-other-sentinels"], k["num-slaves"], k["flags"]) == ("2", "1", "master") for k in known)


class Cluster:
    """Three nodes with a third of the slots each, and a fourth that copies the one with a namespace's slot."""

    def __init__(self, namespace: str = "qctl") -> None:
        self.slot = slot_of("{" + namespace + "}:door")
        options = ("--cluster-enabled", "yes", "--cluster-node-timeout", "800")
        self.nodes = [Node(free_port(of_cluster=True), *options) for _ in range(4)]
        self.holder = self.nodes[min(2, self.slot // 5461)]
        self.spare = self.nodes[3]

    def start(self) -> Cluster:
        """Start all of them, and wait until they agree."""
        bounds = [0, 5461, 10923, 16384]
        for node in self.nodes:
            node.start()
        for node, low, high in zip(self.nodes, bounds, bounds[1:], strict=False):
            node.say("CLUSTER", "ADDSLOTS", *range(low, high))
        for epoch, node in enumerate(self.nodes, start=1):
            node.say("CLUSTER", "SET-CONFIG-EPOCH", epoch)
            node.say("CLUSTER", "MEET", "127.0.0.1", self.nodes[0].port)
        eventually(lambda: all(self._knows_all(node) for node in self.nodes), within=60.0)
        self.spare.say("CLUSTER", "REPLICATE", self.id_of(self.holder))
        eventually(lambda: self.spare.info("master_link_status") == "up", within=60.0)
        eventually(lambda: all(self.id_of(self.spare) in _slots(node) for node in self.nodes), within=60.0)
        return self

    @property
    def url(self) -> str:
        """One node alone, and one that is not the namespace's: the others must be heard of."""
        return f"redis+cluster://127.0.0.1:{self.others[0].port}"

    @property
    def others(self) -> Sequence[Node]:
        return [node for node in self.nodes[:3] if node is not self.holder]

    def id_of(self, node: Node) -> str:
        return str(node.say("CLUSTER", "MYID"))

    def begin_to_move(self, target: Node) -> None:
        """Announce that the namespace's slot goes to another node: its keys are on their way."""
        target.say("CLUSTER", "SETSLOT", self.slot, "IMPORTING", self.id_of(self.holder))
        self.holder.say("CLUSTER", "SETSLOT", self.slot, "MIGRATING", self.id_of(target))

    def finish_moving(self, target: Node) -> None:
        """Move every key, and the slot."""
        while keys := self.holder.say("CLUSTER", "GETKEYSINSLOT", self.slot, 100):
            self.holder.say("MIGRATE", "127.0.0.1", target.port, "", 0, 5000, "KEYS", *keys)
        for node in (target, *(each for each in self.nodes[:3] if each is not target)):
            node.say("CLUSTER", "SETSLOT", self.slot, "NODE", self.id_of(target))
        self.holder = target

    def remove(self) -> None:
        for node in self.nodes:
            node.remove()

    def _knows_all(self, node: Node) -> bool:
        said = node.admin.cluster("INFO")
        return bool(said["cluster_state"] == "ok" and said["cluster_known_nodes"] == "4")


def _slots(node: Node) -> str:
    return str(node.admin.connection_pool and node.say("CLUSTER", "NODES"))
