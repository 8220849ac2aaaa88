"""Triangle meshes, placement, exact signed distance, sampling, measures and mesh files."""
