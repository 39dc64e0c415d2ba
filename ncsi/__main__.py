"""`python -m ncsi`: the command line."""

from ncsi.cli.main import main

if __name__ == "__main__":
    main()
