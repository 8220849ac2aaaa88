"""Clients whose workers start with their first request."""

from collections.abc import Callable, Iterator

import pytest
from neural_shapes.worker.client import WorkerClient
from neural_shapes.worker.environment import find_environment


@pytest.fixture
def client(open_client: Callable[..., WorkerClient]) -> WorkerClient:
    return open_client()


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorkerClient]:
    """A client of the worker as it is delivered, one for all tests of a file: torch loads slowly."""
    log = tmp_path_factory.mktemp("worker") / "log"
    client = WorkerClient(find_environment(), log, threads=1, low_priority=False)
    yield client
    client.close()
