"""The part of the example's page that the README shows."""

from __future__ import annotations

import tempfile
from pathlib import Path

from results_bot.commands.init import init
from results_bot.commands.invocation import Invocation
from results_bot.commands.refresh import refresh
from results_bot.example import PAGE, write_tree
from results_bot.page.document import parse_page

README = Path(__file__).parents[2] / "README.md"
BEGIN, END = "<!-- example:begin -->\n", "<!-- example:end -->"


def excerpt(folder: Path) -> str:
    """Return the first table and the takeaways, as the bot writes them."""
    write_tree(folder)
    call = Invocation(folder=str(folder))
    init.main(["--no-hook"], obj=call, standalone_mode=False)
    refresh.main([], obj=call, standalone_mode=False)
    blocks = parse_page((folder / PAGE).read_text("utf-8")).blocks
    first = blocks["overnight-regularization-runs"].content
    return f"\n{first}\n\n**Key takeaways**\n\n{blocks['takeaways'].content}\n\n"


def readme() -> str:
    """Return the README with the example as it is now."""
    before, _, rest = README.read_text("utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    with tempfile.TemporaryDirectory() as folder:
        return f"{before}{BEGIN}{excerpt(Path(folder))}{END}{after}"
