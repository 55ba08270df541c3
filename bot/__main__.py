"""`python -m bot` is `results-bot`."""

from bot.cli import main

main()
