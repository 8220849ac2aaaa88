"""What the operators that map a neural shape onto targets have in common: the targets, and the detail."""

from collections.abc import Callable

import bpy

from ..core.errors import NeuralShapesError
from ..scene import neural_shape
from ..scene.object_reference import ObjectReference
from ..session.detail import shape_of
from ..session.jobs import Job, State
from ..session.training import train
from .start_jobs import report_failures, start_each, start_jobs
from .targets import active_job, shapes

Start = Callable[[bpy.types.Object, bpy.types.Object], Job]


def detail(context: bpy.types.Context) -> bpy.types.Object | None:
    """The object whose detail is mapped: the chosen one, or the only neural shape that is selected."""
    chosen = context.scene.neural_shapes_mapping.mapping.detail
    if chosen:
        return bpy.data.objects.get(chosen)
    selected = shapes(context)
    return selected[0] if len(selected) == 1 else None


def mapping_targets(context: bpy.types.Context) -> list[bpy.types.Object]:
    """The selected meshes without a neural shape of their own; of those that share a mesh, the first."""
    source = detail(context)
    by_mesh = {
        selected.data: selected
        for selected in reversed(context.selected_objects)
        if selected.type == "MESH" and not neural_shape.has_shape(selected) and selected != source
    }
    return list(by_mesh.values())


def can_map(operator: type[bpy.types.Operator], context: bpy.types.Context) -> bool:
    """A poll that says why: whether there are a shape, targets, and nothing in the way."""
    if context.mode != "OBJECT":
        operator.poll_message_set("Leave Edit Mode first")
    elif detail(context) is None:
        chosen = context.scene.neural_shapes_mapping.mapping.detail
        operator.poll_message_set(
            f"“{chosen}” is not in this file, deleted or renamed; choose the detail anew"
            if chosen
            else "Choose a neural shape or a high-poly mesh under Detail"
        )
    elif not (targets := mapping_targets(context)):
        operator.poll_message_set("Select the low-poly meshes to map the detail to")
    elif all(active_job(target) for target in targets):
        operator.poll_message_set("The selected meshes are being worked on; cancel that first")
    else:
        return True
    return False


def start_mapping(operator: bpy.types.Operator, context: bpy.types.Context, start: Start) -> set[str]:
    """Start a job for each target, after the training of a neural shape on the detail where it has none."""
    targets, source = mapping_targets(context), detail(context)
    references = [ObjectReference.of(target) for target in targets]
    failures: list[str] = []

    def start_all(holder: bpy.types.Object) -> None:
        found = [target for reference in references if (target := reference.find()) is not None]
        failures.extend(start_each(found, lambda target: start(target, holder)))
        if failures:
            raise NeuralShapesError(" ".join(failures))

    try:
        holder = shape_of(source, context.evaluated_depsgraph_get())
        if holder is not None:
            return start_jobs(operator, context, targets, lambda target, _: start(target, holder))
        job = train(source, context, then=start_all)
        if job.state is State.FAILED and not failures:
            raise NeuralShapesError(job.sentence)
    except NeuralShapesError as error:
        return report_failures(operator, [str(error)], all_failed=True)
    # With a window the targets come later; what fails of them is then shown as the training's failure.
    return report_failures(operator, failures, len(failures) == len(targets))
