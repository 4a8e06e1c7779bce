"""The exit codes of the contract, in one place."""

PASSED = 0
FAILED = 1
UNUSABLE = 2
REGRESSION = 3
INCONCLUSIVE = 4
NO_BASELINE = 5
INTERNAL = 70
INTERRUPTED = 130
