"""The Python interface: what `import sim` gives to notebooks and scripts.

Each module is imported when something in it is used; `sim/__init__.py` says where each name is.
"""
