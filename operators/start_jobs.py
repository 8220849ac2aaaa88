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
    failures = start_each(targets, lambda target: start(target, context))
    return report_failures(operator, failures, len(failures) == len(targets))


def start_each(targets: Sequence[bpy.types.Object], start: Callable[[bpy.types.Object], Job]) -> list[str]:
    """Start a job for each target; returns a sentence for each that failed."""
    failures = []
    for target in targets:
        try:
            job = start(target)
            if job.state is State.FAILED:  # Without a window a job has ended when it comes back.
                failures.append(job.sentence)
        except NeuralShapesError as error:
            failures.append(str(error))
    return failures


def report_failures(operator: bpy.types.Operator, failures: Sequence[str], all_failed: bool) -> set[str]:
    """Report what failed, as errors where nothing was done; returns what the operator returns."""
    for sentence in failures:
        operator.report({"ERROR" if all_failed else "WARNING"}, sentence)
    return {"CANCELLED"} if all_failed else {"FINISHED"}
