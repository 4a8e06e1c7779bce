"""The expressions of gates and expectations, and the queries of collections.

Text comes in; typed trees go out, or every problem with its column.
"""
