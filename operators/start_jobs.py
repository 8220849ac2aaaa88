"""What the operators that start jobs have in common: one job an object, one sentence a failure."""

from collections.abc import Callable, Sequence

import bpy

from ..core.errors import NeuralShapesError
from ..session.jobs import Job, State


def start_jobs(
    operator: bpy.types.Operator,
    context: bpy.types.Context,
    targets: Sequence[bpy.types.Object],
    start: Callable[[bpy.types.Object, bpy.types.Context], Job],
) -> set[str]:
    """Start a job for each target; what cannot be started is reported and leaves the others alone."""
    failures = []
    for target in targets:
        try:
            job = start(target, context)
            if job.state is State.FAILED:  # Without a window a job has ended when it comes back.
                failures.append(job.sentence)
        except NeuralShapesError as error:
            failures.append(str(error))
    all_failed = len(failures) == len(targets)
    for sentence in failures:
        operator.report({"ERROR" if all_failed else "WARNING"}, sentence)
    return {"CANCELLED"} if all_failed else {"FINISHED"}
