"""What chance allows: measured shares, means and laws against theory, at a confidence of 99.9 %.

Seeds are fixed, so a test that holds once holds always; one in a thousand would fail by bad luck
under another seed.
"""

import math

import numpy as np

SPREADS = 3.2905
"""A normal value lies so many spreads or less from its mean with a probability of 99.9 %."""
KOLMOGOROV = 1.9495
"""The 99.9 % point of Kolmogorov's law: of the distance times the root of the sample's size."""


def assert_share(happened, share):
    """Hold the share of independent flags that are set against theory."""
    happened = np.asarray(happened)
    tolerance = SPREADS * math.sqrt(share * (1 - share) / happened.size)
    assert abs(happened.mean() - share) <= tolerance, (happened.mean(), share, tolerance)


def assert_mean(values, mean, spread=None):
    """Hold the mean of independent values against theory; *spread* is theirs, else estimated."""
    values = np.asarray(values, dtype=float)
    tolerance = SPREADS * (values.std() if spread is None else spread) / math.sqrt(values.size)
    assert abs(values.mean() - mean) <= tolerance, (values.mean(), mean, tolerance)


def assert_law(values, cumulative):
    """Hold independent values against a continuous law (Kolmogorov-Smirnov)."""
    expected = np.array([cumulative(value) for value in np.sort(np.asarray(values)).tolist()])
    steps = np.arange(len(expected) + 1) / len(expected)
    distance = max((steps[1:] - expected).max(), (expected - steps[:-1]).max())
    assert distance * math.sqrt(len(expected)) <= KOLMOGOROV, distance


def exponential_law(mean):
    """Return the cumulative exponential law with a mean."""
    return lambda value: 1 - math.exp(-value / mean)


def uniform_law(length):
    """Return the cumulative uniform law from 0 to a length."""
    return lambda value: min(1.0, max(0.0, value / length))
