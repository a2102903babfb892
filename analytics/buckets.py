"""How response times are counted: in buckets, each reaching 9 % further than the one before.

Bucket 0 is everything below LEAST; bucket n, up to LEAST * 2 ** (n / 8); the last one is everything above. What is
read from a bucket is its middle, so between 0.5 ms and 27 s it is at most 4.5 % off what it was.
"""

from math import log2

BUCKETS = 128
# In milliseconds.
LEAST = 0.5
PER_DOUBLING = 8


def bucket_of(milliseconds: float) -> int:
    if milliseconds < LEAST:
        return 0
    return min(int(log2(milliseconds / LEAST) * PER_DOUBLING) + 1, BUCKETS - 1)


def middle_of(bucket: int) -> float:
    """In milliseconds. Of the two ends of the scale their one bound."""
    if bucket in {0, BUCKETS - 1}:
        return float(LEAST * 2 ** (max(bucket - 1, 0) / PER_DOUBLING))
    return float(LEAST * 2 ** ((bucket - 0.5) / PER_DOUBLING))
