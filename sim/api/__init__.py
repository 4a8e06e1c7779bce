"""The Python interface: what `import sim` gives to notebooks and scripts.

Each module is imported when it is first used; `sim/__init__.py` names the module of each name.
"""
