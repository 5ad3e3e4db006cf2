"""The detector NFD-E: a message is overdue when its expected arrival plus a margin has passed.

Source: Chen, Toueg and Aguilera, "On the quality of service of failure detectors" (IEEE Transactions on Computers 51,
2002), section 6.3. The last heartbeats give the expected arrival of the next one. The expected arrival of an answer
is the time of the question plus the mean of the last stays. Every number is an integer, so the results are exact;
the unit is the caller's.
"""


def freshness_point(offsets: int, count: int, latest: int, every: int, alpha: int) -> int:
    """The first whole instant at which a peer is suspected, unless its next heartbeat arrives before.

    The expected arrival is EA = (1/n) Σ (A_i − η s_i) + (l + 1) η, and the peer is suspected when the time exceeds
    EA + α.

    Parameters
    ----------
    offsets : Σ (A_i − η s_i) over the last `count` heartbeats; A_i is the arrival and s_i the number of a heartbeat.
    latest : l, the largest number that has arrived. every : η, the time between two heartbeats. alpha : the margin.
    """
    return offsets // count + (latest + 1) * every + alpha + 1


def longest_stay(total: int, count: int, alpha: int) -> int:
    """The longest wait for an answer that is not too long: the whole part of the mean of the stays, plus the margin.

    `total` is the sum of the last `count` stays. A whole number exceeds mean + α if and only if it exceeds this.
    """
    return total // count + alpha
