"""The public Python interface: what `import sim` gives to notebooks and scripts.

Each module waits until something in it is asked for; `sim/__init__.py` says where to look.
"""
