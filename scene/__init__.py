"""Reads and writes Blender's data."""
