"""Text in panels: sentences broken into lines, figures, sizes and lengths of time as people read them."""

import textwrap

import bpy

# Blender's interface font at scale 1 takes some seven pixels a letter (measured with its default theme).
LETTER_PIXELS = 7
MARGIN_PIXELS = 50


def draw_sentence(
    layout: bpy.types.UILayout, context: bpy.types.Context, sentence: str, icon: str = "NONE"
) -> None:
    """A sentence over as many lines as the region's width needs; Blender's labels are one line each."""
    scale = context.preferences.system.ui_scale
    letters = int((context.region.width - MARGIN_PIXELS * scale) / (LETTER_PIXELS * scale))
    column = layout.column(align=True)
    for index, line in enumerate(textwrap.wrap(sentence, max(letters, 10))):
        column.label(text=line, icon=icon if index == 0 else "BLANK1" if icon != "NONE" else "NONE")


def size_text(size: int) -> str:
    """A number of bytes, in the unit that fits."""
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{size / 1e3:.0f} KB"


def time_text(seconds: float) -> str:
    """A length of time, in the unit that fits."""
    return f"{seconds / 60:.0f} min" if seconds >= 100 else f"{seconds:.0f} s"


def draw_figure(layout: bpy.types.UILayout, label: str, value: str) -> None:
    """A figure's name on the left, what it is on the right."""
    row = layout.row()
    row.label(text=label)
    value_column = row.row()
    value_column.alignment = "RIGHT"
    value_column.label(text=value)
