"""A client whose worker starts with its first request."""

from collections.abc import Callable

import pytest
from neural_shapes.worker.client import WorkerClient


@pytest.fixture
def client(open_client: Callable[..., WorkerClient]) -> WorkerClient:
    return open_client()
