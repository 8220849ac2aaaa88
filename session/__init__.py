"""What is alive while Blender runs: jobs, the timer that polls the worker, handlers."""
