"""Expressions of gates and expectations, and queries of collections: text in, typed trees out."""
