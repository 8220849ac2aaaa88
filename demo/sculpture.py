"""A small bust with horns, sculpted from Blender's own primitives by its own modifiers."""

import math

import bmesh
import bpy
import numpy as np

NAME = "Ram"
VOXEL_SIZE = 0.014

HORN_POINTS = 160
HORN_RINGS = 15
HORN_RADIUS = 0.24

# The pedestal's profile: radius and height of its corners, from the bottom to where the head hides it.
PROFILE = (
    (0.0, -1.75), (0.98, -1.75), (1.0, -1.7), (1.0, -1.6), (0.94, -1.55), (0.82, -1.52), (0.78, -1.46),
    (0.66, -1.36), (0.56, -1.22), (0.5, -1.08), (0.46, -0.95), (0.45, -0.6), (0.47, -0.2), (0.5, 0.1),
    (0.0, 0.2),
)  # fmt: skip
PEDESTAL_Y = 0.2
PROFILE_POINTS = 140
TURN_POINTS = 384
FLUTES = 18
FLUTED_HEIGHTS = (-1.46, -0.75)
FLUTE_DEPTH = 0.09
BEADS = 28


def sculpt() -> bpy.types.Object:
    """The sculpture as one closed mesh, some 190,000 faces, selected and active."""
    parts = [_head(), _horn(-1), _horn(1), _pedestal(), *_beads()]
    for part in parts:
        part.select_set(True)
    bpy.context.view_layer.objects.active = parts[0]
    bpy.ops.object.convert(target="MESH")
    bpy.ops.object.join()
    sculpture = bpy.context.object
    sculpture.name = NAME
    remesh = sculpture.modifiers.new("Remesh", "REMESH")
    remesh.mode = "VOXEL"
    remesh.voxel_size = VOXEL_SIZE
    smooth = sculpture.modifiers.new("Smooth", "SMOOTH")
    smooth.iterations = 2
    bpy.ops.object.convert(target="MESH")
    sculpture.data.shade_smooth()
    return sculpture


def _head() -> bpy.types.Object:
    """Suzanne, closed at her eyes and neck, with curly wool wherever she has no face."""
    bpy.ops.mesh.primitive_monkey_add(size=2)
    head = bpy.context.object
    shell = bmesh.new()
    shell.from_mesh(head.data)
    bmesh.ops.holes_fill(shell, edges=shell.edges, sides=0)
    bmesh.ops.triangulate(shell, faces=[face for face in shell.faces if len(face.verts) > 4])
    bmesh.ops.recalc_face_normals(shell, faces=shell.faces)
    shell.to_mesh(head.data)
    shell.free()
    head.modifiers.new("Subdivision", "SUBSURF").levels = 5
    bpy.ops.object.convert(target="MESH")

    group = head.vertex_groups.new(name="Wool")
    for vertex in head.data.vertices:
        group.add(
            [vertex.index], _smoothstep(-0.45, 0.0, vertex.co.y + 0.5 * max(vertex.co.z - 0.35, 0)), "ADD"
        )
    curls = bpy.data.textures.new("Curls", "VORONOI")
    curls.noise_scale, curls.noise_intensity = 0.12, 2.6
    curls.weight_1, curls.weight_2 = -1.0, 1.0
    wool = head.modifiers.new("Wool", "DISPLACE")
    wool.texture, wool.vertex_group = curls, group.name
    wool.strength, wool.mid_level = 0.045, -0.1
    return head


def _horn(side: int) -> bpy.types.Object:
    """A ringed horn that turns around the ear; side is -1 or 1."""
    curve = bpy.data.curves.new("Horn", "CURVE")
    curve.dimensions = "3D"
    curve.bevel_depth, curve.bevel_resolution, curve.use_fill_caps = HORN_RADIUS, 6, True
    spline = curve.splines.new("POLY")
    spline.points.add(HORN_POINTS - 1)
    for point, along in zip(spline.points, np.linspace(0, 1, HORN_POINTS), strict=True):
        angle, reach = 0.15 + 5.0 * along, 0.5 * (1 - 0.25 * along)
        point.co = (
            side * (0.3 + 0.55 * along + 0.3 * along**2),
            0.46 - reach * math.cos(angle),
            0.74 + reach * math.sin(angle),
            1.0,
        )
        rings = 1 + 0.16 * math.sin(2 * math.pi * HORN_RINGS * along)
        point.radius = max(0.02, (1 - along) ** 0.8) * rings
    horn = bpy.data.objects.new("Horn", curve)
    bpy.context.collection.objects.link(horn)
    return horn


def _pedestal() -> bpy.types.Object:
    """A turned foot whose stem is fluted."""
    corners = np.array(PROFILE)
    along = np.linspace(0, len(corners) - 1, PROFILE_POINTS)
    radius, height = (np.interp(along, np.arange(len(corners)), column) for column in corners.T)
    turn = np.arange(TURN_POINTS) * 2 * np.pi / TURN_POINTS
    low, high = FLUTED_HEIGHTS
    share = np.clip((height - low) / (high - low), 0, 1)[:, None]
    flutes = np.abs(np.sin(turn * FLUTES / 2 + 2.2 * (height[:, None] - low)))
    radius = radius[:, None] * (1 - FLUTE_DEPTH * np.sqrt(np.sin(np.pi * share)) * flutes)
    vertices = np.stack(
        [radius * np.cos(turn), radius * np.sin(turn), np.broadcast_to(height[:, None], radius.shape)],
        axis=-1,
    )
    index = np.arange(radius.size).reshape(radius.shape)
    lower, upper = index[:-1], index[1:]
    faces = np.stack([lower, np.roll(lower, -1, axis=1), np.roll(upper, -1, axis=1), upper], axis=-1)
    mesh = bpy.data.meshes.new("Pedestal")
    mesh.from_pydata(vertices.reshape(-1, 3).tolist(), [], faces.reshape(-1, 4).tolist())
    pedestal = bpy.data.objects.new("Pedestal", mesh)
    bpy.context.collection.objects.link(pedestal)
    pedestal.location.y = PEDESTAL_Y
    return pedestal


def _beads() -> list[bpy.types.Object]:
    """A string of pearls around the pedestal's foot."""
    beads = []
    for turn in np.arange(BEADS) * 2 * np.pi / BEADS:
        place = (0.98 * math.cos(turn), PEDESTAL_Y + 0.98 * math.sin(turn), -1.53)
        bpy.ops.mesh.primitive_uv_sphere_add(segments=24, ring_count=12, radius=0.075, location=place)
        beads.append(bpy.context.object)
    return beads


def _smoothstep(low: float, high: float, value: float) -> float:
    share = min(max((value - low) / (high - low), 0.0), 1.0)
    return share * share * (3 - 2 * share)
