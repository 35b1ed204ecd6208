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
    def has_taken_over(self) -> bool:
        """Whether the replica is named as the primary."""

    def kill(self) -> None:
        """`kill -9` of the primary."""
        self.primary.server.kill()
        self._replaced()

    def stop(self) -> None:
        """SIGSTOP of the primary, until another has its place: then it wakes, and takes itself for the primary."""
        os.kill(self.primary.server.pid, signal.SIGSTOP)
        try:
            eventually(self.has_taken_over, within=_TAKEN_OVER, every=0.02)
        finally:
            os.kill(self.primary.server.pid, signal.SIGCONT)
        self._changed_places()

    def demote(self) -> None:
        """A change of roles that was asked for, with both of them well."""
        self.hand_over()
        eventually(self.has_taken_over, within=_TAKEN_OVER, every=0.02)
        self._changed_places()

    def cut(self) -> None:
        """The replica stands still for a while, in which nothing is copied; then the primary dies, and it wakes."""
        os.kill(self.replica.server.pid, signal.SIGSTOP)
        try:
            time.sleep(CUT)  # the fault itself lasts so long
            self.primary.server.kill()
        finally:
            os.kill(self.replica.server.pid, signal.SIGCONT)
        self._replaced()

    @property
    def strikes(self) -> Mapping[str, Callable[[], None]]:
        """What can happen, by name."""
        return {"kill": self.kill, "stop": self.stop, "demote": self.demote, "cut": self.cut}

    def _replaced(self) -> None:
        """The primary is dead: wait for the other, and let it come back as its replica."""
        eventually(self.has_taken_over, within=_TAKEN_OVER, every=0.02)
        self._brought_back(self.primary)
        self._changed_places()

    def _brought_back(self, node: Node) -> None:
        node.start()

    def _changed_places(self) -> None:
        self.primary, self.replica = self.replica, self.primary
        eventually(self._is_copied, within=_TAKEN_OVER, every=0.05)

    def _is_copied(self) -> bool:
        try:
            role = self.replica.say("ROLE")
            return bool(role[0] == "slave" and int(role[2]) == self.primary.port and role[3] == "connected")
        except redis.RedisError:
            return False


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
        self._group.ask("FAILOVER", "ops")

    def has_taken_over(self) -> bool:
        return self._group.named() == {self.replica.port}

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

    def has_taken_over(self) -> bool:
        port = str(self.replica.port)
        lines = [
            line.split() for node in self._cluster.others for line in str(node.say("CLUSTER", "NODES")).splitlines()
        ]
        said = [line for line in lines if line and line[1].partition("@")[0].endswith(f":{port}")]
        return len(said) == 2 and all("master" in line[2] and len(line) > 8 for line in said)
