"""`python -m results_bot` is `results-bot`."""

from results_bot.cli import main

main()
