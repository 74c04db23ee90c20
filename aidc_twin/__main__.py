"""`python -m aidc_twin` is the same as the command `aidc-twin`."""

from aidc_twin.app import main

if __name__ == "__main__":
    main()
