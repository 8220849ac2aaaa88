"""The science of neural shapes, usable and tested without Blender."""
