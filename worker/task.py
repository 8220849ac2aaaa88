"""What the worker's tasks are called, what each is given, and what it gives back."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..core.errors import NeuralShapesError

# By name, the module whose function `run(request, control) -> Reply` does the task.
TASKS = {
    "attributes": ".handlers.attributes",
    "bake": ".handlers.bake",
    "bake_morph": ".handlers.bake_morph",
    "conform": ".handlers.conform",
    "extract": ".handlers.extract",
    "moment": ".handlers.moment",
    "morph": ".handlers.morph",
    "normals": ".handlers.normals",
    "train": ".handlers.train",
}


@dataclass(frozen=True)
class Request:
    """What a client sent: settings and figures by name, and arrays by name."""

    parameters: dict[str, Any] = field(default_factory=dict)
    arrays: dict[str, np.ndarray] = field(default_factory=dict)


@dataclass(frozen=True)
class Reply:
    """What goes back to the client: figures by name (anything that JSON can say), and arrays by name."""

    body: dict[str, Any] = field(default_factory=dict)
    arrays: dict[str, np.ndarray] = field(default_factory=dict)


@dataclass(frozen=True)
class Control:
    """A task's line to its client while it runs.

    `report(reply)` sends progress; `cancelled()` is true once the client has asked for the end: the task
    then soon returns what it has reached, or raises core.errors.Cancelled where that is nothing.
    """

    report: Callable[[Reply], None]
    cancelled: Callable[[], bool]


def find(task: str) -> Callable[[Request, Control], Reply]:
    """The function that does a task; its module, and with it torch, is imported on first use."""
    if task not in TASKS:
        raise NeuralShapesError(f"The worker knows no task {task!r}; restart Blender after an upgrade.")
    return importlib.import_module(TASKS[task], __package__).run
