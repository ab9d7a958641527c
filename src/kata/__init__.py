"""Backprop kata: the forward and the backward pass of a neural network, by hand."""

__version__ = "0.1.0"
