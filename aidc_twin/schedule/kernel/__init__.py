"""Kernels of the search: arrays in, arrays and a status out; they import numpy, numba and kernels only."""
