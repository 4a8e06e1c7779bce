"""What the product does: tables of facts and pure decisions, each with the id of its rule.

Nothing here knows time, chance or files. `rules` lists every rule, `traits` what a device is,
`systems` the operating systems, `routes` and `gates` the decisions, `health` the console's words,
`causes` what is wrong and what to do, `assumptions` the numbers that nobody publishes.
"""
