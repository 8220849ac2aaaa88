"""Transferring normals: a target's corners go to the worker, and their new normals come back."""

from dataclasses import dataclass, fields

import bpy
import numpy as np

from ..core.mapping.neural_normals import blended_normals
from ..core.mapping.transfer import PolygonTarget
from ..scene.custom_normals import NormalsKind, apply_normals, has_transferred, original
from ..scene.target_mesh import TargetMeshError, check_target, digest, read_corner_weights, read_target
from ..worker.protocol import Message
from .changes import busy_cursor, push_undo
from .jobs import Job
from .mapping import MappingOptions, ask, submit

TASK = "normals"


@dataclass(frozen=True)
class NormalsOptions:
    """How custom normals are set, and on which part of the target."""

    kind: NormalsKind = NormalsKind.FREE
    strength: float = 1.0
    vertex_group: str = ""
    selected_faces: bool = False
    keep_sharp_edges: bool = True

    @classmethod
    def of(cls, settings: bpy.types.PropertyGroup) -> "NormalsOptions":
        """What the artist has set."""
        return cls(
            NormalsKind(settings.kind),
            settings.strength,
            settings.vertex_group,
            settings.selected_faces,
            settings.keep_sharp_edges,
        )


def transfer_normals(
    target: bpy.types.Object, holder: bpy.types.Object, mapping: MappingOptions, options: NormalsOptions
) -> Job:
    """Shade a target with the normals of the neural shape that an object carries.

    Without a window this returns when the normals are set. Raises NeuralShapesError when the target cannot
    take normals, and what ``submit`` raises.
    """
    with busy_cursor():
        prepared = _Transfer.prepare(target, options)
    detail, time = holder.name, holder.neural_shapes.time

    def receive(found: bpy.types.Object, message: Message) -> None:
        with busy_cursor():
            prepared.apply(found, message)
            _remember(found.neural_shapes_normals, detail, time, mapping, options)
            push_undo("Transfer Normals")

    return submit(TASK, holder, target, mapping, {}, _arrays(prepared.polygons), receive)


def transfer_again(target: bpy.types.Object, holder: bpy.types.Object) -> Job:
    """Transfer a target's normals once more, from a morph as it is now: by a query, without an undo step.

    Raises as ``transfer_normals`` does.
    """
    settings = target.neural_shapes_normals
    prepared = _Transfer.prepare(target, NormalsOptions.of(settings.normals))
    time = holder.neural_shapes.time

    def receive(found: bpy.types.Object, message: Message) -> None:
        # Of what is edited they are asked for again once it is back in Object Mode.
        if not may_follow(found):
            return
        prepared.apply(found, message)
        found.neural_shapes_normals.time = time

    mapping = MappingOptions.of(settings)
    return ask(TASK, holder, target, mapping, {}, _arrays(prepared.polygons), receive)


def may_follow(target: bpy.types.Object) -> bool:
    """Whether a target has normals that are to follow a morph; not while its mesh is edited, by itself or by
    another object that shares it.
    """
    if not target.neural_shapes_normals.follow or target.type != "MESH" or target.mode != "OBJECT":
        return False
    return not target.data.is_editmode and has_transferred(target.data)


@dataclass(frozen=True)
class _Transfer:
    """A target as it was when its normals were asked for; its own normals are those before any transfer."""

    polygons: PolygonTarget
    weights: np.ndarray
    state: str
    options: NormalsOptions

    @classmethod
    def prepare(cls, target: bpy.types.Object, options: NormalsOptions) -> "_Transfer":
        check_target(target)
        with original(target.data) as mesh:
            weights = read_corner_weights(target, options.vertex_group, options.selected_faces)
            return cls(read_target(mesh, options.keep_sharp_edges), weights, digest(mesh), options)

    def apply(self, target: bpy.types.Object, message: Message) -> None:
        if digest(target.data) != self.state:
            raise TargetMeshError(f"“{target.name}” was edited meanwhile; transfer its normals again.")
        weights = self.options.strength * self.weights
        normals = blended_normals(self.polygons.normals, message.arrays["normals"], weights)
        apply_normals(target.data, normals, self.options.kind, message.body["masked_share"])


def _remember(
    settings: bpy.types.PropertyGroup,
    detail: str,
    time: float,
    mapping: MappingOptions,
    options: NormalsOptions,
) -> None:
    """Keep on a target how its normals were transferred, so that they can follow the frame."""
    settings.detail, settings.time = detail, time
    settings.newton_steps, settings.distance = mapping.newton_steps, mapping.distance
    for field in fields(options):
        setattr(settings.normals, field.name, getattr(options, field.name))


def _arrays(target: PolygonTarget) -> dict[str, np.ndarray]:
    """What `worker.handlers.normals` takes."""
    return {
        "positions": target.positions,
        "normals": target.normals,
        "corner_vertices": target.corners.vertices,
        "corner_edges": target.corners.edges,
        "face_starts": target.corners.face_starts,
        "triangles": target.triangles,
        "sharp_edges": target.sharp_edges.astype(np.uint8),
    }
