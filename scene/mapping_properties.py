"""What the artist sets for transferring normals, baking maps and conforming."""

import bpy

from ..core.mapping.attributes import Attribute
from ..core.mapping.bake import NormalSpace
from .custom_normals import NormalsKind

KINDS = (
    (NormalsKind.FREE, "Free", "Exact; for export and for meshes that do not deform"),
    (NormalsKind.DEFORMING, "Deforming", "Turn with the surface under a rig; to about half a degree"),
)
ATTRIBUTES = (
    (Attribute.NORMAL, "Normal", "A normal map"),
    (Attribute.DISPLACEMENT, "Displacement", "The distance to the neural surface along the normal"),
    (Attribute.CURVATURE, "Curvature", "Mean curvature; lighter is convex, darker concave"),
    (Attribute.CAVITY, "Cavity", "White, with dark creases and pits"),
)
SPACES = (
    (NormalSpace.TANGENT, "Tangent", "For meshes that deform, and for game engines"),
    (NormalSpace.OBJECT, "Object", "For meshes that do not deform"),
)
SAMPLES = (("1", "1", "One sample a texel"), ("2", "4", "2 x 2 samples"), ("4", "16", "4 x 4 samples"))
BITS = (
    ("8", "8 Bit", "PNG"),
    ("16", "16 Bit", "PNG"),
    ("32", "Float", "OpenEXR, with lengths and curvatures as they are; 0 is flat"),
)


def _mesh_names(self: bpy.types.PropertyGroup, context: bpy.types.Context, typed: str) -> list[str]:
    return [candidate.name for candidate in bpy.data.objects if candidate.type == "MESH"]


class MappingSettings(bpy.types.PropertyGroup):
    """What is mapped from, and how points find its surface; the detail is a name as in TransferredNormals."""

    detail: bpy.props.StringProperty(
        name="Detail",
        description="The neural shape, or a high-poly mesh that one is trained on first",
        search=_mesh_names,
    )
    newton_steps: bpy.props.IntProperty(
        name="Newton Steps",
        description="Steps to the neural surface before its normal is taken; 0 takes it at the point itself",
        min=0,
        max=8,
    )
    distance: bpy.props.FloatProperty(
        name="Distance",
        description="How far from the neural surface points still take from it; 0: the shape's own threshold",
        subtype="DISTANCE",
        min=0.0,
    )


class NormalsSettings(bpy.types.PropertyGroup):
    """How custom normals are set."""

    kind: bpy.props.EnumProperty(
        name="Kind", description="What becomes of the normals when the mesh deforms", items=KINDS
    )
    strength: bpy.props.FloatProperty(
        name="Strength",
        description="From the mesh's own normals to the neural shape's",
        subtype="FACTOR",
        default=1.0,
        min=0.0,
        max=1.0,
    )
    vertex_group: bpy.props.StringProperty(
        name="Vertex Group", description="Where and how strongly the mesh changes; empty for all over"
    )
    selected_faces: bpy.props.BoolProperty(
        name="Selected Faces", description="Only the faces that are selected in Edit Mode"
    )
    keep_sharp_edges: bpy.props.BoolProperty(
        name="Keep Sharp Edges", description="Normals stay apart across edges marked sharp", default=True
    )


class BakingSettings(bpy.types.PropertyGroup):
    """How maps are baked."""

    attribute: bpy.props.EnumProperty(name="Map", description="What is baked", items=ATTRIBUTES)
    space: bpy.props.EnumProperty(name="Space", description="The space of a normal map", items=SPACES)
    width: bpy.props.IntProperty(name="Width", description="Texels across", default=1024, min=1, max=16384)
    height: bpy.props.IntProperty(name="Height", description="Texels up", default=1024, min=1, max=16384)
    samples_per_side: bpy.props.EnumProperty(
        name="Samples", description="Samples in each texel; more smooth edges", items=SAMPLES
    )
    margin: bpy.props.IntProperty(
        name="Margin", description="Texels around the UV islands", default=16, min=0, max=256
    )
    bits: bpy.props.EnumProperty(name="Depth", description="Of each channel", items=BITS)
    folder: bpy.props.StringProperty(
        name="Folder",
        description="Where the image is saved; empty packs it into the .blend",
        subtype="DIR_PATH",
        options={"PATH_SUPPORTS_BLEND_RELATIVE"},
    )
    wire: bpy.props.BoolProperty(
        name="Use in Material", description="Wire the image into the target's materials", default=True
    )


class MappingSceneSettings(bpy.types.PropertyGroup):
    """Everything that a scene keeps of mapping."""

    mapping: bpy.props.PointerProperty(type=MappingSettings)
    normals: bpy.props.PointerProperty(type=NormalsSettings)
    baking: bpy.props.PointerProperty(type=BakingSettings)


class TransferredNormals(bpy.types.PropertyGroup):
    """How an object's normals were transferred, and whether they follow the frame.

    The detail is a name: a pointer would keep a deleted object in the file and drag it along on append.
    """

    follow: bpy.props.BoolProperty(
        name="Follow Frame",
        description="Transfer the normals anew when the morph has changed and the playhead rests",
    )
    detail: bpy.props.StringProperty(name="Detail", description="The object whose normals were transferred")
    time: bpy.props.FloatProperty(name="Time", description="Where in its morph that object was")
    newton_steps: bpy.props.IntProperty()
    distance: bpy.props.FloatProperty()
    normals: bpy.props.PointerProperty(type=NormalsSettings)


CLASSES = (MappingSettings, NormalsSettings, BakingSettings, MappingSceneSettings, TransferredNormals)


def register() -> None:
    """Attach the settings to scenes and objects."""
    for cls in CLASSES:
        bpy.utils.register_class(cls)
    bpy.types.Scene.neural_shapes_mapping = bpy.props.PointerProperty(type=MappingSceneSettings)
    bpy.types.Object.neural_shapes_normals = bpy.props.PointerProperty(type=TransferredNormals)


def unregister() -> None:
    """Take them off again; what files hold of them stays in the files."""
    del bpy.types.Object.neural_shapes_normals
    del bpy.types.Scene.neural_shapes_mapping
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
