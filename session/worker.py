"""The one worker of this Blender session and its table of jobs: made on first use, ended with Blender."""

import atexit
from dataclasses import dataclass
from pathlib import Path

import bpy
from bpy.app.handlers import persistent

from ..worker.client import WorkerClient
from ..worker.environment import find_environment
from .jobs import JobTable

LOG_NAME = "neural-shapes-worker.log"


@dataclass(frozen=True)
class WorkerSettings:
    """What the preferences say of the worker; `managed` is the folder of packages that Install makes."""

    python: str = ""
    managed: Path | None = None
    threads: int = 0
    low_priority: bool = True


_settings = WorkerSettings()


def configure(settings: WorkerSettings) -> None:
    """Take over the preferences; a worker that runs with others is ended, together with its jobs."""
    global _settings
    if settings != _settings:
        _settings = settings
        jobs.close()


def log_path() -> Path:
    """The log of this session's worker; Blender deletes its folder when it ends."""
    return Path(bpy.app.tempdir) / LOG_NAME


def _open_client() -> WorkerClient:
    environment = find_environment(_settings.python, _settings.managed)
    return WorkerClient(
        environment, log_path(), threads=_settings.threads, low_priority=_settings.low_priority
    )


def _may_apply() -> bool:
    """New data in a mode with an undo of its own, or while rendering, would be lost or break the undo."""
    if bpy.app.is_job_running("RENDER"):
        return False
    active = (window.view_layer.objects.active for window in bpy.context.window_manager.windows)
    return all(found is None or found.mode == "OBJECT" for found in active)


jobs = JobTable(_open_client, _may_apply)


@persistent
def _end_worker(*_: object) -> None:
    jobs.close()


def register() -> None:
    """End the worker with Blender: by its handler where it has one (5.1 and later) and with its Python."""
    if hasattr(bpy.app.handlers, "exit_pre"):
        bpy.app.handlers.exit_pre.append(_end_worker)
    atexit.register(jobs.close)


def unregister() -> None:
    """End the worker now."""
    if hasattr(bpy.app.handlers, "exit_pre"):
        bpy.app.handlers.exit_pre.remove(_end_worker)
    atexit.unregister(jobs.close)
    jobs.close()
