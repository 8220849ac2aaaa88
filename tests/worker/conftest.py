"""A real worker process for each test that asks for one."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from neural_shapes.worker.client import WorkerClient
from neural_shapes.worker.environment import find_environment

WORKER_WITH_TEST_TASKS = Path(__file__).with_name("worker_with_test_tasks.py")


@pytest.fixture
def open_client(tmp_path: Path) -> Iterator[Callable[..., WorkerClient]]:
    """Makes clients of a worker that also knows the tasks in tests/worker/tasks, and closes them."""
    clients = []

    def open_one(**settings: object) -> WorkerClient:
        log = tmp_path / f"worker-{len(clients)}.log"
        settings = {"threads": 1, "main": WORKER_WITH_TEST_TASKS} | settings
        clients.append(WorkerClient(find_environment(), log, **settings))
        return clients[-1]

    yield open_one
    for client in clients:
        client.close()


@pytest.fixture
def client(open_client: Callable[..., WorkerClient]) -> WorkerClient:
    return open_client()
