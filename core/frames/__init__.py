"""Moving shapes as sequences of mesh files, one for each frame."""
