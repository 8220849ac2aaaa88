"""What the artist sets of the preview: its look on the scene, and on each object whether it is previewed."""

import bpy

from .overridable import OVERRIDABLE

LOOKS = (
    ("VIEWPORT", "Viewport", "Lit as the viewport lights meshes: studio, material capture or flat"),
    ("NORMAL", "Normals", "The neural normals as colours"),
    ("LEVELS", "Levels", "Which level each ray ended at, darker where it took more evaluations"),
    ("SECTION", "Section", "The distance field on a plane, with isolines and the levels' neighborhoods"),
    ("ERROR", "Error", "The source mesh, coloured by how far the neural surface is from it"),
)

FIRST_HITS = (
    ("NETWORKS", "Networks", "Rays march with the networks, coarse to fine"),
    ("GRID", "Grid", "The finest level is baked on a grid first, which leads rays to it; static shapes only"),
    ("MESH", "Mesh", "Rays hit the object's mesh, which takes the neural normals; fast, without marching"),
)

AXES = (
    ("X", "X", "Across the object's X axis"),
    ("Y", "Y", "Across the object's Y axis"),
    ("Z", "Z", "Across the object's Z axis"),
)


class PreviewSceneSettings(bpy.types.PropertyGroup):
    """How previews look in this scene."""

    look: bpy.props.EnumProperty(
        name="Look", description="What the preview shows", items=LOOKS, default="VIEWPORT"
    )
    first_hit: bpy.props.EnumProperty(
        name="First Hit", description="How rays find the surface", items=FIRST_HITS, default="NETWORKS"
    )
    error: bpy.props.FloatProperty(
        name="Error",
        description="The distance that is shown red, as a share of the bounding box's largest side",
        default=0.5,
        min=0.01,
        max=100.0,
        precision=2,
        subtype="PERCENTAGE",
    )
    show_training: bpy.props.BoolProperty(
        name="Show Training", description="Show shapes sharpening while they are trained", default=True
    )
    section_axis: bpy.props.EnumProperty(
        name="Axis", description="Direction of the section's plane", items=AXES, default="Y"
    )
    section_position: bpy.props.FloatProperty(
        name="Position",
        description="Where the plane cuts: -1 and 1 are the ends of the shape's domain, 0 its middle",
        min=-1.0,
        max=1.0,
        step=1,
    )
    section_flip: bpy.props.BoolProperty(name="Flip", description="Keep the other side of the plane")


class PreviewObjectSettings(bpy.types.PropertyGroup):
    """Whether an object is previewed, and how its mesh was displayed before.

    A library override keeps them, as it keeps the display type of the object itself.
    """

    enabled: bpy.props.BoolProperty(
        name="Preview", description="Sphere trace the shape in the viewport", override=OVERRIDABLE
    )
    display_type: bpy.props.StringProperty(
        description="Display type that the mesh gets back", override=OVERRIDABLE
    )


CLASSES = (PreviewSceneSettings, PreviewObjectSettings)


def register() -> None:
    """Attach the settings to scenes and objects."""
    for cls in CLASSES:
        bpy.utils.register_class(cls)
    bpy.types.Scene.neural_shapes_preview = bpy.props.PointerProperty(type=PreviewSceneSettings)
    bpy.types.Object.neural_shapes_preview = bpy.props.PointerProperty(
        type=PreviewObjectSettings, override=OVERRIDABLE
    )


def unregister() -> None:
    """Take them off again; what files hold of them stays in the files."""
    del bpy.types.Object.neural_shapes_preview
    del bpy.types.Scene.neural_shapes_preview
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)


def set_previewed(holder: bpy.types.Object, previewed: bool) -> None:
    """Switch an object's preview; while it is on, the viewport shows the mesh as bounds only.

    Renders are not concerned: they show the mesh as ever.
    """
    settings = holder.neural_shapes_preview
    if previewed == settings.enabled:
        return
    settings.enabled = previewed
    if previewed:
        settings.display_type = holder.display_type
        holder.display_type = "BOUNDS"
    else:
        holder.display_type = settings.display_type or "TEXTURED"
