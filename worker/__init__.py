"""The process that runs core for Blender: server, client and protocol."""
