"""The errors that a user can act on: one sentence each, shown by panels and printed by commands."""

# What torch says in a RuntimeError of no class of its own: on a CPU, on a GPU, and of cuBLAS.
MARKS_OF_OUT_OF_MEMORY = ("DefaultCPUAllocator", "out of memory", "CUBLAS_STATUS_ALLOC_FAILED")


class NeuralShapesError(Exception):
    """Something that the person at the keyboard can mend; its text is one sentence that says how."""


class Cancelled(Exception):
    """The work was stopped because its caller asked for it; nothing is wrong."""


def is_out_of_memory(error: Exception) -> bool:
    """Whether an error says that memory ran out, be it numpy's or torch's, which is not loaded here."""
    if isinstance(error, RuntimeError):
        # torch has a class of its own for CUDA's memory, which not all that runs out of it raises.
        is_torchs = type(error).__name__ == "OutOfMemoryError"
        return is_torchs or any(mark in str(error) for mark in MARKS_OF_OUT_OF_MEMORY)
    return isinstance(error, MemoryError)
