"""Sphere tracing of any field into images, without Blender."""
