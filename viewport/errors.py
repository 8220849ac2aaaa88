"""The sentence that the panel shows when a shape or a device cannot be previewed."""

from ..core.errors import NeuralShapesError


class PreviewError(NeuralShapesError):
    """A shape that the preview cannot show, or a device that it cannot use; the text says why."""
