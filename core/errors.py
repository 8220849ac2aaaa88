"""The errors that a user can act on: one sentence each, shown by panels and printed by commands."""


class NeuralShapesError(Exception):
    """Something that the person at the keyboard can mend; its text is one sentence that says how."""


class Cancelled(Exception):
    """The work was stopped because its caller asked for it; nothing is wrong."""
