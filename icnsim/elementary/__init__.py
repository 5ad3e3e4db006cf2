"""Elementary functions that have the same bits on every machine.

Theory of operation. IEEE 754 fixes the result of +, −, ×, ÷, √, comparisons, conversions and scaling by powers of two.
It does not fix exp, log or power: the C library, and NumPy's code for each width of SIMD, round them differently in the
last bit. The functions here use only the fixed operations, in a fixed order. So a draw has the same bits everywhere.

`columns` computes whole columns with NumPy, in blocks that stay in the cache. NumPy's ufuncs of these operations are
rounded exactly on every processor, and NumPy does not fuse a product and a sum of two calls. `single` computes one
number with Python's floats and gives the same bits as `columns`. `coefficients` has the numbers that both read.

The logarithm is a sum of two floats, ``high + low``, with a relative error below 2⁻⁶³. Therefore `log`, `log1p` and
`power` all use it. The exponential function takes such a sum.

Sources: the reduction of the logarithm by a table is that of ARM's optimized-routines, ``math/pow.c``; the exponential
function is that of fdlibm, ``e_exp.c`` (Sun Microsystems 1993), with its minimax coefficients.
"""
