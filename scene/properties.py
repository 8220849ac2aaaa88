"""What the artist sets: training and extraction on the scene, the link to the source on each object."""

import bpy

from .overridable import OVERRIDABLE

PRESETS = (
    ("draft", "Draft", "A first impression, in about ten seconds of one core"),
    ("standard", "Standard", "A faithful shape, in about a minute of one core"),
    ("detailed", "Detailed", "One more level for fine relief, in some minutes of one core"),
    (
        "independent",
        "Independent",
        "Two networks that each stand alone, as in the nested neighborhoods paper",
    ),
    ("baseline", "Baseline", "One network by the published recipe, to compare with; several times slower"),
    # Later ones come last: files keep the number of what was chosen.
    ("compact", "Compact", "One small network in a file of some 30 KB; the preview does not show it"),
    ("fourier", "Fourier Features", "Fourier features before ReLUs, to compare with; no preview"),
    ("igr", "IGR", "Implicit geometric regularisation, to compare with; no preview"),
)

FINEST_LEVEL = -1


class TrainingSettings(bpy.types.PropertyGroup):
    """How the next training goes."""

    preset: bpy.props.EnumProperty(
        name="Preset", description="How much to learn", items=PRESETS, default="standard"
    )
    seconds: bpy.props.FloatProperty(
        name="Time Limit",
        description="Seconds of training that the preset is fitted into; 0 for the preset's own length",
        min=0.0,
        soft_max=600.0,
        precision=0,
        step=100,
    )
    seed: bpy.props.IntProperty(
        name="Seed", description="The same seed, preset and threads repeat a training", min=0, soft_max=1000
    )


class ExtractionSettings(bpy.types.PropertyGroup):
    """How a surface is extracted from a neural shape."""

    resolution: bpy.props.IntProperty(
        name="Resolution",
        description="Cells of the grid along each axis; twice the resolution makes four times the faces",
        default=256,
        min=8,
        soft_min=32,
        max=1024,
        soft_max=512,
    )
    level: bpy.props.IntProperty(
        name="Level",
        description="0 is the coarsest level, 1 the next one; -1 is the finest",
        default=FINEST_LEVEL,
        min=FINEST_LEVEL,
        soft_max=2,
    )
    offset: bpy.props.FloatProperty(
        name="Offset",
        description="How far outside the shape the surface lies (negative: inside), in the object's units",
        subtype="DISTANCE",
        soft_min=-1.0,
        soft_max=1.0,
    )
    faces: bpy.props.IntProperty(
        name="Faces",
        description="Reduce the surface to about this many triangles; 0 keeps all",
        min=0,
        step=1000,
    )
    trim: bpy.props.BoolProperty(
        name="Trim Openings",
        description="Cut off the caps that close the openings of an open source",
        default=True,
    )


class SceneSettings(bpy.types.PropertyGroup):
    """Everything that a scene keeps of Neural Shapes."""

    training: bpy.props.PointerProperty(type=TrainingSettings)
    extraction: bpy.props.PointerProperty(type=ExtractionSettings)


def _note_moment(settings: bpy.types.PropertyGroup, _: bpy.types.Context) -> None:
    """Have the mesh and the preview follow, also where a script has set the moment."""
    settings.id_data.update_tag()


class ObjectSettings(bpy.types.PropertyGroup):
    """What an object with a neural shape keeps beside its networks.

    The source is a name: a pointer would keep a deleted source in the file and drag it along on append.
    """

    source: bpy.props.StringProperty(name="Source", description="The object that this shape was trained from")
    time: bpy.props.FloatProperty(
        name="Time",
        description="Where in its morph the shape is: 0 to 1",
        min=0.0,
        max=1.0,
        update=_note_moment,
        override=OVERRIDABLE,
    )
    true_volume: bpy.props.BoolProperty(
        name="True Volume",
        description="Let the volume go from each mesh's own to the next one's, in place of a constant one",
        update=_note_moment,
        override=OVERRIDABLE,
    )


CLASSES = (TrainingSettings, ExtractionSettings, SceneSettings, ObjectSettings)


def register() -> None:
    """Attach the settings to scenes and objects."""
    for cls in CLASSES:
        bpy.utils.register_class(cls)
    bpy.types.Scene.neural_shapes = bpy.props.PointerProperty(type=SceneSettings)
    bpy.types.Object.neural_shapes = bpy.props.PointerProperty(type=ObjectSettings, override=OVERRIDABLE)


def unregister() -> None:
    """Take them off again; what files hold of them stays in the files."""
    del bpy.types.Object.neural_shapes
    del bpy.types.Scene.neural_shapes
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)


def source_of(holder: bpy.types.Object) -> bpy.types.Object | None:
    """The object that a neural shape was trained from, if the file still has one of that name."""
    return bpy.data.objects.get(holder.neural_shapes.source) if holder.neural_shapes.source else None
