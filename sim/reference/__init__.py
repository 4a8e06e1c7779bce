"""What the product does: literal tables and pure predicates, each under the id of its rule.

Nothing here knows time, chance or files. `rules` tells every rule, `platforms` the operating
systems, `onboarding` the decisions, `health` the console's words, `remedies` what to do about a
cause, `assumptions` the numbers that nobody publishes.
"""
