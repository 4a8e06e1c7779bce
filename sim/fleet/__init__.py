"""Fleets: reading, generating and completing devices, their collections, and the random streams."""
