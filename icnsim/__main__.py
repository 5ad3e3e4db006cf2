"""`python -m icnsim` is `icnsim`."""

from icnsim.cli import main

if __name__ == "__main__":
    main()
