"""Setups of several servers in which the primary can be struck down, and another takes its place."""

from __future__ import annotations

import os
import signal
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Final

import redis

from tests.support import eventually
from tests.support.groups import DOWN_AFTER_MS, Cluster, Node, Sentinels

LAG: Final = 1  #: `min-replicas-max-lag`, seconds: the least that Redis knows
CUT: Final = 4.0  #: seconds in which nothing is copied before a primary dies
_TAKEN_OVER: Final = 40.0  #: seconds within which another has to be the primary
_SETTLED: Final = 90.0  #: and within which both have to be well again
_PROTECTION: Final = ("--min-replicas-to-write", "1", "--min-replicas-max-lag", str(LAG))


class Setup(ABC):
    """A primary and its replica, whatever watches them, and what can happen to them."""

    def __init__(self, *, protected: bool) -> None:
        self.primary, self.replica = self._pair()
        if protected:
            for node in (self.primary, self.replica):
                node.server.options += _PROTECTION
        self._plain = {node.port: node.server.options for node in (self.primary, self.replica)}

    @abstractmethod
    def _pair(self) -> tuple[Node, Node]: ...

    @property
    @abstractmethod
    def url(self) -> str:
        """As qctl takes it."""

    @abstractmethod
    def start(self) -> None:
        """Start all of it, ready to be struck."""

    @abstractmethod
    def remove(self) -> None:
        """End all of it."""

    @abstractmethod
    def hand_over(self) -> None:
        """Ask for a change of roles, as an operator does who takes no other care."""

    @abstractmethod
    def named(self) -> int | None:
        """The port of the primary, once all who are asked name the same."""

    def kill(self) -> None:
        """`kill -9` of the primary."""
        self.primary.server.kill()
        self._replaced()

    def stop(self) -> None:
        """SIGSTOP of the primary, until another has its place: then it wakes, and takes itself for the primary."""
        os.kill(self.primary.server.pid, signal.SIGSTOP)
        try:
            eventually(self._has_taken_over, within=_TAKEN_OVER, every=0.02)
        finally:
            os.kill(self.primary.server.pid, signal.SIGCONT)
        self._settle()

    def demote(self) -> None:
        """A change of roles that was asked for, with both of them well."""
        self.hand_over()
        eventually(self._has_taken_over, within=_TAKEN_OVER, every=0.02)
        self._settle()

    def cut(self) -> None:
        """For a while nothing is copied; then the primary dies."""
        self.primary.say("ACL", "SETUSER", "default", "-psync", "-sync", "-replconf")
        self.primary.say("CLIENT", "KILL", "TYPE", "replica")
        time.sleep(CUT)  # the fault itself lasts so long
        self.primary.server.kill()
        self._replaced()

    @property
    def strikes(self) -> Mapping[str, Callable[[], None]]:
        """What can happen, by name."""
        return {"kill": self.kill, "stop": self.stop, "demote": self.demote, "cut": self.cut}

    def _replaced(self) -> None:
        """The primary is dead: wait for the other, and let it come back as its replica."""
        eventually(self._has_taken_over, within=_TAKEN_OVER, every=0.02)
        self._brought_back(self.primary)
        self._settle()

    def _brought_back(self, node: Node) -> None:
        node.start()

    def _has_taken_over(self) -> bool:
        return self.named() == self.replica.port

    def _settle(self) -> None:
        """Wait until one of them is the primary and the other copies it: on a busy machine they may change again."""
        eventually(self._is_copied, within=_SETTLED, every=0.05)

    def _is_copied(self) -> bool:
        nodes = {node.port: node for node in (self.primary, self.replica)}
        if (primary := nodes.pop(self.named() or 0, None)) is None:
            return False
        (replica,) = nodes.values()
        self.primary, self.replica = primary, replica
        try:
            role = replica.say("ROLE")
        except redis.RedisError:
            return False
        return bool(role[0] == "slave" and int(role[2]) == primary.port and role[3] == "connected")


class SentinelSetup(Setup):
    """Three Sentinels over a primary and a replica."""

    def _pair(self) -> tuple[Node, Node]:
        self._group = Sentinels()
        return self._group.primary, self._group.replica

    @property
    def url(self) -> str:
        return self._group.url

    def start(self) -> None:
        self._group.start()
        for which in range(3):
            self._group.ask("SET", "ops", "down-after-milliseconds", str(2 * DOWN_AFTER_MS), which=which)

    def remove(self) -> None:
        self._group.remove()

    def hand_over(self) -> None:
        eventually(self._asked_to, within=_SETTLED, every=0.2)

    def _asked_to(self) -> bool:
        try:
            return bool(self._group.ask("FAILOVER", "ops"))
        except redis.ResponseError:  # the last change of roles is not over to all of them
            return False

    def named(self) -> int | None:
        found = self._group.named()
        return found.pop() if len(found) == 1 else None

    def _brought_back(self, node: Node) -> None:
        """As a replica at once: left alone, it would be empty and a primary until the Sentinels notice."""
        node.server.options = (*self._plain[node.port], "--replicaof", "127.0.0.1", str(self.replica.port))
        node.start()


class ClusterSetup(Setup):
    """Three nodes of a cluster, and a fourth that copies the one with the namespace."""

    def _pair(self) -> tuple[Node, Node]:
        self._cluster = Cluster("qctl")
        return self._cluster.holder, self._cluster.spare

    @property
    def url(self) -> str:
        return self._cluster.url

    def start(self) -> None:
        self._cluster.start()

    def remove(self) -> None:
        self._cluster.remove()

    def hand_over(self) -> None:
        self.replica.say("CLUSTER", "FAILOVER")

    def named(self) -> int | None:
        slots = [
            line.split()
            for node in self._cluster.others
            for line in str(node.say("CLUSTER", "NODES")).splitlines()
            if "master" in line and "fail" not in line
        ]
        found = [int(words[1].partition("@")[0].rpartition(":")[2]) for words in slots if len(words) > 8]
        pair = {port for port in found if port in (self.primary.port, self.replica.port)}
        return pair.pop() if len(pair) == 1 and len(found) == 2 * len(self._cluster.nodes[:3]) else None
