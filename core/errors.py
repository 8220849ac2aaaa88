"""The errors that a user can act on: one sentence each, shown by panels and printed by commands."""


class NeuralShapesError(Exception):
    """Something that the person at the keyboard can mend; its text is one sentence that says how."""


class Cancelled(Exception):
    """The work was stopped because its caller asked for it; nothing is wrong."""


def is_out_of_memory(error: Exception) -> bool:
    """Whether an error says that memory ran out, be it numpy's or torch's, which is not loaded here."""
    # torch has a class of its own for a GPU's memory; its CPU allocator raises a RuntimeError.
    is_torchs = type(error).__name__ == "OutOfMemoryError" or "DefaultCPUAllocator" in str(error)
    return isinstance(error, MemoryError) or is_torchs
