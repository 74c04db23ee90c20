"""The factory as a kernel: memories in, memories and a status out. Plain Python that knows numpy only.

`twin.machine` makes machine code of it.
"""
