"""The numbers of the elementary functions: the table of logarithms and the coefficients of polynomials."""

from decimal import Context
from functools import cache
from math import factorial
from typing import Final, NamedTuple

PIECES: Final = 128
"""The number of rows of the table of logarithms."""
PIECE_BITS: Final = 45
"""The bits of a float below those that select a row."""
LOWEST: Final = 0x3FE69555_00000000
"""The bits of the lowest significand, about 0.7057: significands are from it to its double. Row 75 contains 1."""
EXPONENT_BITS: Final = 52
HIGH_WORD: Final = -(1 << 32)
HALF_OF_LOW_WORD: Final = 1 << 31
"""Added to the bits of a float and masked with `HIGH_WORD`: the nearest float of 21 bits."""
HIGH_26_BITS: Final = -(1 << 27)
"""Masks the bits of a float: its highest 26 bits."""
ONE: Final = 1023
"""The biased exponent of 1."""
LEAST_NORMAL: Final = 2.0**-1022
LIFT: Final = 2.0**54
"""Makes a subnormal number normal."""
LIFTED: Final = 54

SERIES: Final = tuple((-1.0) ** (n + 1) / n for n in range(3, 10))
"""The coefficients of x³ to x⁹ in the Taylor series of ln(1 + x). A row of the table has \\|x\\| < 0.0063."""

INVERSE_LN2: Final = float.fromhex("0x1.71547652b82fep+0")
LN2_HIGH: Final = float.fromhex("0x1.62e42feep-1")
"""The first 32 bits of ln 2: its product with an exponent is exact."""
LN2_LOW: Final = float.fromhex("0x1.a39ef35793c76p-33")
"""The float that is nearest to ln 2 − `LN2_HIGH`."""
EXPONENTIAL: Final = (
    1.66666666666666019037e-01,
    -2.77777777770155933842e-03,
    6.61375632143793436117e-05,
    -1.65339022054652515390e-06,
    4.13813679705723846039e-08,
)
"""The minimax polynomial of x (eˣ + 1) / (eˣ − 1) − 2 in x², where \\|x\\| is at most ln 2 / 2. Source: fdlibm."""
SINE: Final = tuple((-1.0) ** n / factorial(2 * n + 1) for n in range(9))
"""The coefficients of the Taylor series of sin x / x in x²."""
LARGEST: Final = 710.0
SMALLEST: Final = -746.0
"""The exponential function is infinite above the first number and 0 below the second one."""
BEYOND_RANGE: Final = 1024.0
"""Every exponent of this size gives 0 or infinity, so its low part has no effect; it may overflow."""
NO_ONE: Final = 50.0
"""eˣ − 1 is −1 below minus this number, and eˣ above it, to the last bit."""


class Row(NamedTuple):
    """A row of the table: for significands near c, 1/c in 9 bits, and the two parts of ln c.

    `log_high` is a multiple of 2⁻⁴², so that its sum with a multiple of `LN2_HIGH` is exact.
    """

    inverse: float
    log_high: float
    log_low: float


@cache
def logarithms() -> tuple[Row, ...]:
    """The table of logarithms, computed in decimal arithmetic, which is the same everywhere; shape (PIECES,)."""
    exact = Context(prec=60)
    found = []
    for piece in range(PIECES):
        middle = _significand(LOWEST + (piece << PIECE_BITS) + (1 << (PIECE_BITS - 1)))
        inverse = 256 if abs(middle - 1) < 0.003 else round(256 / middle)
        logarithm = -exact.ln(exact.divide(exact.create_decimal(inverse), exact.create_decimal(256)))
        high = round(logarithm * (1 << 42)) / (1 << 42)
        found.append(Row(inverse / 256, high, float(exact.subtract(logarithm, exact.create_decimal_from_float(high)))))
    return tuple(found)


def _significand(bits: int) -> float:
    """The float with those bits, which is from 0.5 to 2."""
    exponent = (bits >> EXPONENT_BITS) - ONE
    return (1 + (bits & ((1 << EXPONENT_BITS) - 1)) / (1 << EXPONENT_BITS)) * 2.0**exponent


# The inverse of the normal distribution. Each pair has the coefficients of a numerator and a denominator, in ascending
# order. Source: Wichura (1988), "Algorithm AS 241: the percentage points of the normal distribution", PPND16.

CENTRAL: Final = (
    (
        3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4,
        4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3,
    ),
    (
        1.0, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3,
        2.1213794301586595867e4, 3.9307895800092710610e4, 2.8729085735721942674e4, 5.2264952788528545610e3,
    ),
)  # fmt: skip
BEYOND: Final = (
    (
        1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0, 3.64784832476320460504e0,
        1.27045825245236838258e0, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4,
    ),
    (
        1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
        1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9,
    ),
)  # fmt: skip
FAR: Final = (
    (
        6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0, 2.96560571828504891230e-1,
        2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7,
    ),
    (
        1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
        7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15,
    ),
)  # fmt: skip
CENTRAL_HALF: Final = 0.425
CENTRAL_SQUARE: Final = 0.180625
BEYOND_FROM: Final = 1.6
FAR_FROM: Final = 5.0

# The normal distribution. Pairs as above. Source: Cody (1969), "Rational Chebyshev approximations for the error
# function", with the coefficients of his program ANORM for the normal distribution.

SHARE_CENTRAL: Final = (
    (
        1.8154981253343561249e4, 1.0676894854603709582e3, 1.6102823106855587881e2, 2.2352520354606839287e0,
        6.5682337918207449113e-2,
    ),
    (4.5507789335026729956e4, 1.0260932208618978205e4, 9.7609855173777669322e2, 4.7202581904688241870e1, 1.0),
)  # fmt: skip
SHARE_BEYOND: Final = (
    (
        9.8427148383839780218e3, 1.1602651437647350124e4, 6.8481904505362823326e3, 2.4945375852903726711e3,
        5.9727027639480026226e2, 9.3506656132177855979e1, 8.8831497943883759412e0, 3.9894151208813466764e-1,
        1.0765576773720192317e-8,
    ),
    (
        1.9685429676859990727e4, 3.8912003286093271411e4, 3.4900952721145977266e4, 1.8615571640885098091e4,
        6.4855582982667607550e3, 1.5193775994075548050e3, 2.3538790178262499861e2, 2.2266688044328115691e1, 1.0,
    ),
)  # fmt: skip
SHARE_FAR: Final = (
    (
        2.9112874951168792e-5, 1.421619193227893466e-3, 2.2235277870649807e-2, 1.274011611602473639e-1,
        2.1589853405795699e-1, 2.307344176494017303e-2,
    ),
    (
        7.29751555083966205e-5, 3.78239633202758244e-3, 6.59881378689285515e-2, 4.68238212480865118e-1,
        1.28426009614491121e0, 1.0,
    ),
)  # fmt: skip
SHARE_CENTRAL_TO: Final = 0.66291
SHARE_FAR_FROM: Final = 5.656854249492380195
INVERSE_ROOT_2_PI: Final = 0.39894228040143267794
SIXTEENTHS: Final = 16.0
"""The argument is split into sixteenths, whose square is exact, and a rest."""
