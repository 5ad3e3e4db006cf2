"""The compiler of the kernel: it translates Python functions to LLVM and loads the object code into the process.

`compiling` keeps the object code on disk; `translating`, `statements`, `expressions` and `operations` make it.
"""
