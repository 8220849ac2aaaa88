"""Runs inside Blender: executes what a test sends over a local socket in Blender's main thread.

`blender --python blender_side.py -- SOCKET` listens on that Unix socket. One connection is one request: the
client sends Python source and closes its sending side; the source may set `result`; the answer is one JSON
object, {"result": …} or {"error": traceback}.
"""

import json
import socket
import sys
import traceback

import bpy

POLL_SECONDS = 0.02


def run(source: str) -> dict:
    """Execute the source with `bpy` and the first window's context and return what it left in `result`."""
    names = {"bpy": bpy, "result": None}
    try:
        with bpy.context.temp_override(window=bpy.context.window_manager.windows[0]):
            exec(source, names)
        return {"result": names["result"]}
    except Exception:
        return {"error": traceback.format_exc()}


def answer_waiting_requests(listener: socket.socket) -> float:
    """Serve every connection that waits; returns when to be called again, as Blender's timers want it."""
    while True:
        try:
            connection, _ = listener.accept()
        except BlockingIOError:
            return POLL_SECONDS
        with connection:
            connection.setblocking(True)
            source = b"".join(iter(lambda: connection.recv(1 << 16), b"")).decode()  # noqa: B023
            connection.sendall(json.dumps(run(source)).encode())


listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[sys.argv.index("--") + 1])
listener.listen()
listener.setblocking(False)
bpy.app.timers.register(lambda: answer_waiting_requests(listener), persistent=True)
