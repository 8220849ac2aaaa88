"""Runs inside Blender once: preferences that make windows look the same at every start."""

import bpy

preferences = bpy.context.preferences
preferences.view.show_splash = False
preferences.view.smooth_view = 0
preferences.view.show_tooltips = False
preferences.system.use_online_access = False
preferences.system.viewport_aa = "OFF"
preferences.filepaths.save_version = 0
preferences.use_preferences_save = False
bpy.ops.wm.save_userpref()
