"""The neural-shapes command line."""
