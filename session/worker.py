"""The one worker of this Blender session and its table of jobs: made on first use, ended with Blender."""

import atexit
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import bpy
from bpy.app.handlers import persistent

from ..worker.client import WorkerClient
from ..worker.environment import NoWorkerError, find_environment
from .jobs import Job, JobTable

LOG_NAME = "neural-shapes-worker.log"

# Those in which an artist may stay for long; others, such as Sculpt Mode, have an undo of their own.
MODES_OF_GLOBAL_UNDO = frozenset({"OBJECT", "POSE"})


@dataclass(frozen=True)
class WorkerSettings:
    """What the preferences say of the worker, and what Install does with it.

    `managed` is the folder of packages that Install makes; `refusal` says in a sentence why no worker may
    start meanwhile.
    """

    python: str = ""
    managed: Path | None = None
    threads: int = 0
    low_priority: bool = True
    refusal: str = ""


_settings = WorkerSettings()


def configure(settings: WorkerSettings) -> None:
    """Take over the preferences; a worker that runs with others is ended, together with its jobs."""
    global _settings
    if settings != _settings:
        jobs.close()
        _settings = settings


def log_path() -> Path:
    """The log of this session's worker; its folder is deleted when Blender ends."""
    return Path(_log_folder().name) / LOG_NAME


@cache
def _log_folder() -> TemporaryDirectory:
    """Not Blender's own, which it deletes also when its preferences are read anew or name another place."""
    return TemporaryDirectory(prefix="neural-shapes-", ignore_cleanup_errors=True)


def _open_client() -> WorkerClient:
    if _settings.refusal:
        raise NoWorkerError(_settings.refusal)
    environment = find_environment(_settings.python, _settings.managed)
    return WorkerClient(
        environment, log_path(), threads=_settings.threads, low_priority=_settings.low_priority
    )


def _may_apply(job: Job) -> bool:
    """Whether a result may arrive: none while rendering, and a job's, which is a step of the global undo, in
    modes of that undo alone. What a query brings is no step; whoever asks looks at the mode of its object.
    """
    if bpy.app.is_job_running("RENDER"):
        return False
    active = (window.view_layer.objects.active for window in bpy.context.window_manager.windows)
    return job.is_query or all(found is None or found.mode in MODES_OF_GLOBAL_UNDO for found in active)


jobs = JobTable(_open_client, _may_apply)


@persistent
def _end_worker(*_: object) -> None:
    jobs.close()


def register() -> None:
    """End the worker with Blender: by its handler where it has one (5.1 and later) and with its Python."""
    if hasattr(bpy.app.handlers, "exit_pre"):
        bpy.app.handlers.exit_pre.append(_end_worker)
    # Python's end goes from the last to the first: the folder of the log is deleted after its worker's end.
    _log_folder()
    atexit.register(jobs.close)


def unregister() -> None:
    """End the worker now."""
    if hasattr(bpy.app.handlers, "exit_pre"):
        bpy.app.handlers.exit_pre.remove(_end_worker)
    atexit.unregister(jobs.close)
    jobs.close()
