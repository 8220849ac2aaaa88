"""How a viewport would draw a mesh object, as far as the preview follows it: lights, colours, X-ray."""

import bpy
import numpy as np

from ..core.geometry.placement import DOMAIN_EXTENT
from .looks import Appearance, Light, Look

# Opacity in wireframe mode, where meshes have no surface: a hint of the shape.
WIREFRAME_OPACITY = 0.3
# Blender's colour of a surface without material.
NO_MATERIAL = (0.8, 0.8, 0.8)

_LOOKS = {"NORMAL": Look.NORMAL, "LEVELS": Look.LEVELS, "SECTION": Look.SECTION, "ERROR": Look.ERROR}


def appearance(holder: bpy.types.Object, context: bpy.types.Context) -> Appearance:
    """How an object's preview is to look in the context's viewport."""
    shading = context.space_data.shading
    chosen = context.scene.neural_shapes_preview
    is_solid = shading.type == "SOLID"
    light = shading.light if is_solid else "STUDIO"
    look = _LOOKS.get(chosen.look, Look.MATCAP if light == "MATCAP" else Look.STUDIO)
    system = context.preferences.system
    flat = light == "FLAT"
    return Appearance(
        look=look,
        lights=() if flat else studio_lights(system),
        ambient=(1.0, 1.0, 1.0) if flat else tuple(system.light_ambient),
        surface=_surface_colour(holder, shading),
        opacity=_opacity(shading),
        outline=_outline(holder, context),
        error_shown=chosen.error / 100 * 2 * DOMAIN_EXTENT,
    )


def studio_lights(system: bpy.types.PreferencesSystem) -> tuple[Light, ...]:
    """The lights of solid mode that the artist has set in the preferences."""
    return tuple(_light(source) for source in system.solid_lights if source.use)


def _light(source: bpy.types.UserSolidLight) -> Light:
    return Light(
        tuple(source.direction), source.smooth, tuple(source.diffuse_color), tuple(source.specular_color)
    )


def _surface_colour(holder: bpy.types.Object, shading: bpy.types.View3DShading) -> tuple[float, float, float]:
    if shading.type == "SOLID" and shading.color_type == "SINGLE":
        return tuple(shading.single_color)
    if shading.type == "SOLID" and shading.color_type == "OBJECT":
        return tuple(holder.color[:3])
    material = holder.active_material
    return tuple(material.diffuse_color[:3]) if material else NO_MATERIAL


def _opacity(shading: bpy.types.View3DShading) -> float:
    if shading.type == "WIREFRAME":
        return WIREFRAME_OPACITY
    if shading.type == "SOLID" and shading.show_xray:
        return shading.xray_alpha
    return 1.0


def _outline(holder: bpy.types.Object, context: bpy.types.Context) -> tuple[float, float, float, float]:
    if not holder.select_get() or not context.space_data.overlay.show_overlays:
        return (0.0, 0.0, 0.0, 0.0)
    theme = context.preferences.themes[0].view_3d
    is_active = holder == context.view_layer.objects.active
    red, green, blue = _linear(theme.object_active if is_active else theme.object_selected)
    return red, green, blue, 1.0


def _linear(colour: bpy.types.bpy_prop_array) -> tuple[float, ...]:
    """Theme colours are display values; POST_VIEW draws linear ones."""
    values = np.array(colour[:3])
    return tuple(np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4))
