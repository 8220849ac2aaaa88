"""Isosurfaces of neural fields."""
