"""One file per thing an artist can do."""
