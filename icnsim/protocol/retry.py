"""The pause of an executor before it tries a failed migration again.

The pause is an exponential back-off, with a kind of jitter as Brooker names them ("Exponential backoff and jitter", AWS
Architecture Blog, 2015). With the longest pause w before a retry, `full` draws from [0, w] and `equal` from [w/2, w].
`decorrelated` draws from [base, 3 x the last pause], so the factor has no effect on it. Times are whole µs. The caller
draws the uniform.
"""

from typing import Literal, NamedTuple

from icnsim.elementary.single import power

Jitter = Literal["none", "full", "equal", "decorrelated"]


class Backoff(NamedTuple):
    """The pauses of a retry policy: base x factor^(k - 1) before the k-th retry, at most `most`, µs."""

    base: int
    factor: float
    most: int
    jitter: Jitter

    def longest(self, retry: int) -> float:
        """The pause before a retry without jitter, µs; `retry` counts from 1.

        A power beyond the range of a float is infinite, so it is above every maximum.
        """
        return min(float(self.most), self.base * power(self.factor, retry - 1))

    def pause(self, retry: int, last: int, u: float) -> int:
        """The pause before a retry, µs.

        Parameters
        ----------
        retry : the number of the retry, from 1. last : the pause before the last retry, 0 for the first one.
        u : uniform on [0, 1).
        """
        if self.jitter == "decorrelated":
            upper = 3 * max(last, self.base)
            return min(self.most, round(self.base + u * (upper - self.base)))
        longest = self.longest(retry)
        if self.jitter == "full":
            return round(u * longest)
        if self.jitter == "equal":
            return round(longest / 2 + u * longest / 2)
        return round(longest)
