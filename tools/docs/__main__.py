"""Write all generated documentation: `python -m tools.docs`."""

from __future__ import annotations

from tools.docs import example
from tools.docs.pages import ROOT, pages

for name, text in {**pages(), "README.md": example.readme()}.items():
    (ROOT / name).parent.mkdir(parents=True, exist_ok=True)
    (ROOT / name).write_text(text, "utf-8")
