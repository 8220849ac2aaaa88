"""Transferring normals: a target's corners go to the worker, and their new normals come back."""

from dataclasses import dataclass

import bpy
import numpy as np

from ..core.mapping.neural_normals import blended_normals
from ..core.mapping.transfer import PolygonTarget
from ..scene.custom_normals import NormalsKind, apply_normals, original
from ..scene.target_mesh import TargetMeshError, check_target, digest, read_corner_weights, read_target
from ..worker.protocol import Message
from .changes import busy_cursor, push_undo
from .jobs import Job
from .mapping import MappingOptions, submit

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
    check_target(target)
    with busy_cursor(), original(target.data) as mesh:
        weights = read_corner_weights(target, options.vertex_group, options.selected_faces)
        polygons = read_target(mesh, options.keep_sharp_edges)
        state = digest(mesh)

    def receive(found: bpy.types.Object, message: Message) -> None:
        if digest(found.data) != state:
            raise TargetMeshError(f"“{found.name}” was edited meanwhile; transfer its normals again.")
        normals = blended_normals(polygons.normals, message.arrays["normals"], options.strength * weights)
        with busy_cursor():
            apply_normals(found.data, normals, options.kind, message.body["masked_share"])
            push_undo("Transfer Normals")

    return submit(TASK, holder, target, mapping, {}, _arrays(polygons), receive)


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
