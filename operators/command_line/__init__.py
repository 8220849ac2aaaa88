"""blender -b FILE -c neural_shapes …: what the operators do, for a render farm or a script."""
