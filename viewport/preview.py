"""The preview: what it keeps on the graphics card, what it draws in a viewport, and what went wrong."""

import logging
import math
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np

from ..core.errors import NeuralShapesError
from ..core.fields.nested import NestedField
from ..core.geometry.mesh import TriangleMesh
from ..core.geometry.placement import Placement
from .budget import SECONDS_IN_MOTION, Budget, seconds_at_rest
from .device import Device
from .distance_grid import DistanceGrid
from .errors import PreviewError
from .looks import Appearance, PictureShader
from .mesh_hits import MeshOnGpu
from .network_texture import pack_field
from .picture import FieldOnGpu, Subject
from .refinement import Refinement
from .stages import Size, TracingPath
from .uniforms import Settings
from .view_rays import ViewRays

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class FirstHitMesh:
    """A mesh that rays hit in place of the networks' surface.

    ``key`` names the state of the mesh, ``read`` gives it in the object's space and may raise
    NeuralShapesError; it is called once for each key and placement.
    """

    key: str
    read: Callable[[], TriangleMesh]


@dataclass(frozen=True)
class Previewed:
    """A shape as a viewport shows it.

    ``key`` names the object, ``networks`` the state of its networks: another string after each change.
    ``matrix_world`` (4, 4) maps the object's space to the world. ``settings`` are in domain units.
    """

    key: str
    networks: str
    field: NestedField
    placement: Placement
    matrix_world: np.ndarray
    settings: Settings
    appearance: Appearance
    mesh: FirstHitMesh | None = None
    # Whether the first hit comes from a grid baked of the field, which is static, and not from a mesh.
    uses_grid: bool = False


@dataclass(frozen=True)
class Viewpoint:
    """One viewport: a key that lives as long as it, its size in pixels, and its two matrices (4, 4)."""

    key: int
    size: tuple[int, int]
    view: np.ndarray
    projection: np.ndarray


class Preview:
    """Pictures of shapes in viewports, refined redraw by redraw."""

    def __init__(self, path: TracingPath | None = None) -> None:
        """``path`` forces one way of tracing; without it the device decides."""
        self.device = Device(path)
        # Why nothing is drawn any more, and why single objects are not, by their keys.
        self.reason_off = ""
        self.problems: dict[str, str] = {}
        self.is_compiling = False
        self._fields: dict[str, FieldOnGpu] = {}
        self._meshes: dict[tuple[str, Placement], MeshOnGpu] = {}
        self._grids: dict[str, DistanceGrid] = {}
        self._budgets: dict[Size, Budget] = {}
        self._refinements: dict[tuple[int, str], Refinement] = {}
        self._picture_shader: PictureShader | None = None
        self._last_refined = -math.inf

    def draw(self, observe: Callable[[], tuple[Viewpoint, Sequence[Previewed]]]) -> bool:
        """Trace for one redraw and draw what there is; whether another redraw would show more.

        ``observe`` gives the viewport that is bound and its shapes. Never raises, nor lets ``observe``: a
        shape that cannot be shown gets a sentence in ``problems``, and anything else switches the preview
        off with a sentence in ``reason_off``.
        """
        if self.reason_off:
            return False
        try:
            return self._draw(*observe())
        # A draw handler that raises does so at every redraw.
        except Exception as error:
            _log.exception("The preview failed and was switched off")
            known = isinstance(error, NeuralShapesError)
            self.switch_off(str(error) if known else f"The preview failed and was switched off: {error}.")
            return False

    @property
    def has_picture(self) -> bool:
        """Whether any viewport shows a whole shape, be it roughly."""
        return any(refinement.shows_whole_shape for refinement in self._refinements.values())

    @property
    def is_refining(self) -> bool:
        """Whether any viewport's picture is to become finer."""
        return any(not refinement.is_finished for refinement in self._refinements.values())

    def switch_off(self, reason: str) -> None:
        """Draw nothing any more until ``switch_on``, and free everything on the graphics card."""
        self.reason_off = reason
        self.free()

    def switch_on(self) -> None:
        """Try again after a failure."""
        self.reason_off = ""
        self.problems.clear()

    def free(self) -> None:
        """Free everything on the graphics card; the next redraw makes again what it needs."""
        self.device.free()
        self._picture_shader = None
        self._fields.clear()
        self._meshes.clear()
        self._grids.clear()
        self._refinements.clear()

    def keep_viewports(self, keys: Collection[int]) -> None:
        """Free the pictures of viewports other than these."""
        for key in [key for key in self._refinements if key[0] not in keys]:
            del self._refinements[key]

    def _draw(self, viewpoint: Viewpoint, shapes: Sequence[Previewed]) -> bool:
        self._forget_all_but(viewpoint, shapes)
        if shapes and self._picture_shader is None:
            self._picture_shader = PictureShader()
        seen = [(shape, found) for shape in shapes if (found := self._look_at(viewpoint, shape))]
        self._free_unused_parts()
        self._refine([item for item in seen if not item[1].is_finished])
        for shape, refinement in seen:
            if refinement.picture and shape.key not in self.problems:
                self._picture_shader.draw(refinement.picture, shape.appearance)
        return any(
            (refinement.is_superseded or not refinement.is_finished) and shape.key not in self.problems
            for shape, refinement in seen
        )

    def _look_at(self, viewpoint: Viewpoint, shape: Previewed) -> Refinement | None:
        """The pictures of a shape for exactly this view of it; None, and a sentence, if it has none."""
        to_view = viewpoint.view @ shape.matrix_world @ _domain_to_object(shape.placement)
        view = to_view.tobytes() + viewpoint.projection.tobytes() + repr(viewpoint.size).encode()
        mesh_key = (shape.mesh.key, shape.placement) if shape.mesh else None
        what = repr((shape.networks, shape.settings, mesh_key, shape.uses_grid))
        key = (viewpoint.key, shape.key)
        current = self._refinements.get(key)
        if current and (current.view, current.what) == (view, what):
            return None if shape.key in self.problems else current
        if current and current.view == view and current.is_first_to_come:
            # Networks that change faster than they can be traced would never be seen whole.
            current.is_superseded = True
            return current
        try:
            rays = ViewRays.of_matrices(viewpoint.projection, to_view)
            field, mesh, grid = self._field(shape), self._mesh(shape), self._grid(shape)
        except NeuralShapesError as error:
            self.problems[shape.key] = str(error)
            self._refinements.pop(key, None)
            return None
        self.problems.pop(shape.key, None)
        subject = Subject(field, rays, shape.settings, mesh, grid)
        before = current.picture if current and current.view == view else None
        self._refinements[key] = Refinement(view, what, subject, viewpoint.size, before)
        return self._refinements[key]

    def _field(self, shape: Previewed) -> FieldOnGpu:
        if shape.networks not in self._fields:
            packed = pack_field(shape.field)
            self._fields[shape.networks] = FieldOnGpu(packed, packed.texture())
        return self._fields[shape.networks]

    def _mesh(self, shape: Previewed) -> MeshOnGpu | None:
        if shape.mesh is None:
            return None
        key = (shape.mesh.key, shape.placement)
        if key not in self._meshes:
            self._meshes[key] = MeshOnGpu.of(shape.placement.mesh_to_domain(shape.mesh.read()))
        return self._meshes[key]

    def _grid(self, shape: Previewed) -> DistanceGrid | None:
        if not shape.uses_grid:
            return None
        if shape.networks not in self._grids:
            field = self._field(shape)
            self._grids[shape.networks] = DistanceGrid(field.packed, field.weights)
        return self._grids[shape.networks]

    def _refine(self, unfinished: list[tuple[Previewed, Refinement]]) -> None:
        # Shapes that cannot be seen whole come first.
        unfinished.sort(key=lambda item: item[1].has_complete_picture)
        in_motion = bool(unfinished) and not unfinished[0][1].has_complete_picture
        start = time.perf_counter()
        end = start + (SECONDS_IN_MOTION if in_motion else seconds_at_rest(start - self._last_refined))
        self._announce_compiling([refinement for _, refinement in unfinished])
        for shape, refinement in unfinished:
            seconds = end - time.perf_counter()
            size, stages = refinement.subject.field.size, refinement.subject.stages
            if seconds > 0 and (self.device.has_compiled(size, stages) or not self.is_compiling):
                budget = self._budgets.setdefault(size, Budget())
                tracer = self.device.tracer(size, stages)
                try:
                    refinement.refine(tracer, budget, seconds)
                except PreviewError as error:
                    self.problems[shape.key] = str(error)
                    refinement.give_up()
        self._last_refined = time.perf_counter()

    def _announce_compiling(self, unfinished: list[Refinement]) -> None:
        """Compiling blocks Blender, so one redraw before, the panel says so."""
        was_announced = self.is_compiling
        subjects = [refinement.subject for refinement in unfinished]
        has_all = all(self.device.has_compiled(subject.field.size, subject.stages) for subject in subjects)
        self.is_compiling = not was_announced and not has_all

    def _forget_all_but(self, viewpoint: Viewpoint, shapes: Sequence[Previewed]) -> None:
        wanted = {shape.key for shape in shapes}
        for key in [key for key in self._refinements if key[0] == viewpoint.key and key[1] not in wanted]:
            del self._refinements[key]

    def _free_unused_parts(self) -> None:
        used = [refinement.subject for refinement in self._refinements.values()]
        kept = {part for subject in used for part in (subject.field, subject.mesh, subject.grid)}
        for parts in (self._fields, self._meshes, self._grids):
            for name in [name for name, part in parts.items() if part not in kept]:
                del parts[name]


def _domain_to_object(placement: Placement) -> np.ndarray:
    matrix = np.eye(4)
    matrix[:3, :3] /= placement.scale
    matrix[:3, 3] = placement.centre
    return matrix
