"""`python -m sim` is the command `fleetsim`."""

from sim.cli import main

if __name__ == "__main__":
    main()
