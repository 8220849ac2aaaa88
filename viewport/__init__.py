"""The preview: networks to GPU resources, and the draw handler."""
