"""What the worker can do: one module a task, each a thin call of the core."""
