"""The panels from which a neural shape's detail is mapped onto low-poly meshes."""

import bpy

from ..core.mapping.attributes import Attribute
from ..operators.start_mapping import detail, mapping_targets
from ..scene.custom_normals import has_transferred, masked_share
from ..scene.map_images import MASKED_SHARE, OVERLAPPING_SHARE, baked_image
from ..scene.shares import read_share
from ..session import normals_playback
from .sidebar import SidebarPanel
from .text import draw_sentence

TOO_FAR = "{} was too far from the neural shape and stays as it was."
OVERLAPPING = "{} of the UV map overlaps; each texel shows the first of its faces."


class NEURAL_SHAPES_PT_normals(SidebarPanel, bpy.types.Panel):
    """A neural shape's detail on low-poly meshes"""

    bl_label = "Detail to Low-Poly"
    bl_order = 4

    def draw(self, context: bpy.types.Context) -> None:
        layout, settings = self.layout, context.scene.neural_shapes_mapping
        layout.use_property_split = True
        layout.use_property_decorate = False
        row = layout.row()
        row.prop(settings.mapping, "detail", placeholder=_placeholder(context))
        layout.prop(settings.mapping, "newton_steps")
        layout.prop(settings.mapping, "distance")
        _draw_vertex_group(layout, context)
        layout.operator("neural_shapes.conform", icon="MOD_SHRINKWRAP")


class NEURAL_SHAPES_PT_custom_normals(SidebarPanel, bpy.types.Panel):
    """Custom normals"""

    bl_label = "Custom Normals"
    bl_parent_id = "NEURAL_SHAPES_PT_normals"

    def draw(self, context: bpy.types.Context) -> None:
        layout, settings = self.layout, context.scene.neural_shapes_mapping.normals
        layout.use_property_split = True
        layout.use_property_decorate = False
        layout.prop(settings, "kind")
        layout.prop(settings, "strength")
        layout.prop(settings, "selected_faces")
        layout.prop(settings, "keep_sharp_edges")
        layout.operator("neural_shapes.transfer_normals", icon="NORMALS_VERTEX_FACE")
        layout.operator("neural_shapes.restore_normals", icon="LOOP_BACK")
        target = context.object
        if target is not None and target.type == "MESH" and has_transferred(target.data):
            layout.prop(target.neural_shapes_normals, "follow")
            problem = normals_playback.problem(target)
            if problem:
                draw_sentence(layout, context, problem, icon="ERROR")
            _draw_share(layout, context, masked_share(target.data), TOO_FAR)


class NEURAL_SHAPES_PT_bake(SidebarPanel, bpy.types.Panel):
    """Baked maps"""

    bl_label = "Bake"
    bl_parent_id = "NEURAL_SHAPES_PT_normals"

    def draw(self, context: bpy.types.Context) -> None:
        layout, settings = self.layout, context.scene.neural_shapes_mapping.baking
        layout.use_property_split = True
        layout.use_property_decorate = False
        layout.prop(settings, "attribute")
        row = layout.row()
        row.active = settings.attribute == "normal"
        row.prop(settings, "space")
        layout.prop(settings, "width")
        layout.prop(settings, "height")
        layout.prop(settings, "samples_per_side")
        layout.prop(settings, "margin")
        layout.prop(settings, "bits")
        layout.prop(settings, "folder")
        layout.prop(settings, "wire")
        layout.operator("neural_shapes.bake_map", icon="RENDER_STILL")
        layout.operator_menu_enum("neural_shapes.map_attribute", "attribute", icon="GROUP_VERTEX")
        target = context.object
        image = baked_image(target, Attribute(settings.attribute)) if target else None
        if image is not None:
            _draw_share(layout, context, read_share(image, MASKED_SHARE), TOO_FAR)
            _draw_share(layout, context, read_share(image, OVERLAPPING_SHARE), OVERLAPPING)


def _draw_share(layout: bpy.types.UILayout, context: bpy.types.Context, share: float, sentence: str) -> None:
    """What the artist is told of a share of the mesh, where there is one."""
    if share > 0:
        draw_sentence(layout, context, sentence.format(f"{share:.1%}"), icon="INFO")


def _placeholder(context: bpy.types.Context) -> str:
    """What is used while nothing is chosen."""
    found = detail(context)
    return found.name if found is not None else "Neural shape or mesh"


def _draw_vertex_group(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    settings = context.scene.neural_shapes_mapping.normals
    targets = mapping_targets(context)
    if targets:
        layout.prop_search(settings, "vertex_group", targets[0], "vertex_groups")
    else:
        layout.prop(settings, "vertex_group")
