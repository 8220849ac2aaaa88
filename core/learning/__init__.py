"""Torch: networks as modules, losses, recipes and the training loop."""
