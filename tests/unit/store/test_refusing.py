"""Why a server takes no new jobs, as its INFO tells it."""

from __future__ import annotations

import pytest

from qctl.store.inspecting import master_of, refusing

FULL = {"maxmemory": "3145728", "used_memory": "3774873"}
REPLICA = {"role": "slave", "slave_read_only": "1", "master_host": "db1", "master_port": "6379"}


@pytest.mark.parametrize(
    ("info", "said"),
    [
        ({}, ""),
        ({"role": "master", "maxmemory": "0", "used_memory": "3774873"}, ""),
        ({**FULL, "used_memory": "3145727", "maxmemory_policy": "noeviction"}, ""),
        ({**FULL, "maxmemory_policy": "allkeys-lru"}, ""),
        ({**FULL, "maxmemory_policy": "noeviction"}, "Redis is full, 3.6M of 3.0M used: nothing can be submitted"),
        (REPLICA, "Redis is a read-only replica of db1:6379: nothing can be submitted"),
        ({**REPLICA, "slave_read_only": "0"}, ""),
    ],
)
def test_a_server_refuses_new_jobs_where_it_is_full_or_follows_another(info: dict[str, str], said: str) -> None:
    assert refusing(info) == said


def test_a_replica_names_whom_it_follows() -> None:
    assert master_of(REPLICA) == "db1:6379"
