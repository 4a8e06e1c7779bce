"""The version of the package: named here once, for results, commands and the build."""

__version__ = "0.2.0"
