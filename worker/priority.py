"""Gives the computer's other programs, Blender first, precedence over this process."""

import os
import sys

# The highest niceness that leaves room below; Windows' own name for the like.
NICENESS = 10
BELOW_NORMAL_PRIORITY_CLASS = 0x4000


def lower() -> None:
    """Lower this process's priority; threads and processes that it starts inherit it."""
    if sys.platform == "win32":
        import ctypes

        kernel32 = ctypes.windll.kernel32
        kernel32.GetCurrentProcess.restype = ctypes.c_void_p
        kernel32.SetPriorityClass(ctypes.c_void_p(kernel32.GetCurrentProcess()), BELOW_NORMAL_PRIORITY_CLASS)
    else:
        os.nice(NICENESS)
