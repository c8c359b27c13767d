"""`python -m app` is `splitbook`."""

from app.cli.root import main

if __name__ == "__main__":
    main()
