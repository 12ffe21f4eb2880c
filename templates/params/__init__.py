"""The typed parameters of every stack: frozen structs with safe defaults, no troposphere, no I/O.

The sections that people write in ``stacks/*.yaml`` (``Network``, ``Cluster``, ``Data``, ...) are the same structs that
the templates take, so a default stands in one place. ``...Params`` structs are what one template function receives.
"""
