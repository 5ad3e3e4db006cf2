"""How long an executor waits before it tries a failed migration again.

Exponential back-off and its kinds of jitter, as Brooker names them ("Exponential backoff and
jitter", AWS Architecture Blog, 2015): `full` draws from [0, w], `equal` from [w/2, w], and
`decorrelated` from [base, 3 x the last pause]. Times are whole µs, the uniform is given.
"""

from typing import Literal, NamedTuple

Jitter = Literal["none", "full", "equal", "decorrelated"]

LARGEST_POWER = 64
"""Beyond it every back-off has reached its maximum."""


class Backoff(NamedTuple):
    """The pauses of a retry policy: base x factor^(k - 1) before the k-th retry, at most `most`, µs."""

    base: int
    factor: float
    most: int
    jitter: Jitter

    def pause(self, retry: int, last: int, u: float) -> int:
        """The pause before a retry, µs.

        Parameters
        ----------
        retry : its number, from 1. last : the pause before the one before, 0 for the first.
        u : uniform on [0, 1).
        """
        if self.jitter == "decorrelated":
            upper = 3 * max(last, self.base)
            return min(self.most, round(self.base + u * (upper - self.base)))
        whole = min(float(self.most), self.base * self.factor ** min(retry - 1, LARGEST_POWER))
        if self.jitter == "full":
            return round(u * whole)
        if self.jitter == "equal":
            return round(whole / 2 + u * whole / 2)
        return round(whole)
