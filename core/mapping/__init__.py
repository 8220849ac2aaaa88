"""Neural normal mapping onto meshes: a field's normals and other attributes at points, corners and texels."""
