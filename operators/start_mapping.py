"""What the operators that map a neural shape onto targets have in common: the targets, and the detail."""

from collections.abc import Callable

import bpy

from ..core.errors import NeuralShapesError
from ..scene import neural_shape
from ..scene.object_reference import ObjectReference
from ..session.detail import shape_of
from ..session.jobs import Job, State
from ..session.training import train
from .start_jobs import start_jobs
from .targets import active_job, shapes

Start = Callable[[bpy.types.Object, bpy.types.Object], Job]


def detail(context: bpy.types.Context) -> bpy.types.Object | None:
    """The object whose detail is mapped: the chosen one, or the only neural shape that is selected."""
    chosen = context.scene.neural_shapes_mapping.mapping.detail
    if chosen is not None:
        return chosen
    selected = shapes(context)
    return selected[0] if len(selected) == 1 else None


def mapping_targets(context: bpy.types.Context) -> list[bpy.types.Object]:
    """The selected meshes without a neural shape of their own; of those that share a mesh, the first."""
    by_mesh = {
        selected.data: selected
        for selected in reversed(context.selected_objects)
        if selected.type == "MESH" and not neural_shape.has_shape(selected) and selected != detail(context)
    }
    return list(by_mesh.values())


def can_map(operator: type[bpy.types.Operator], context: bpy.types.Context) -> bool:
    """A poll that says why: whether there are a shape, targets, and nothing in the way."""
    if context.mode != "OBJECT":
        operator.poll_message_set("Leave Edit Mode first")
    elif detail(context) is None:
        operator.poll_message_set("Choose a neural shape or a high-poly mesh under Detail")
    elif not mapping_targets(context):
        operator.poll_message_set("Select the low-poly meshes to map the detail to")
    elif all(active_job(target) for target in mapping_targets(context)):
        operator.poll_message_set("The selected meshes are being worked on; cancel that first")
    else:
        return True
    return False


def start_mapping(operator: bpy.types.Operator, context: bpy.types.Context, start: Start) -> set[str]:
    """Start a job for each target, after the training of a neural shape on the detail where it has none."""
    targets, source = mapping_targets(context), detail(context)
    try:
        holder = shape_of(source, context.evaluated_depsgraph_get())
        if holder is not None:
            return start_jobs(operator, context, targets, lambda target, _: start(target, holder))
        job = train(source, context, then=_starter([ObjectReference.of(target) for target in targets], start))
        sentence = job.sentence if job.state is State.FAILED else ""
    except NeuralShapesError as error:
        sentence = str(error)
    if sentence:
        operator.report({"ERROR"}, sentence)
        return {"CANCELLED"}
    return {"FINISHED"}


def _starter(references: list[ObjectReference], start: Start) -> Callable[[bpy.types.Object], None]:
    def start_all(holder: bpy.types.Object) -> None:
        for reference in references:
            if (target := reference.find()) is not None:
                start(target, holder)

    return start_all
