"""Write all generated documentation: `python -m tools.docs`."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tools.docs import example, quick_start
from tools.docs.pages import ROOT, pages, with_address

for path in [ROOT / "README.md", *ROOT.glob("docs/*.md")]:
    path.write_text(with_address(path.read_text("utf-8")), "utf-8")
for name, text in {**pages(), "README.md": example.readme()}.items():
    (ROOT / name).parent.mkdir(parents=True, exist_ok=True)
    (ROOT / name).write_text(text, "utf-8")
with tempfile.TemporaryDirectory() as parent:
    folder = Path(parent, "work")
    folder.mkdir()
    page = ROOT / "docs" / "quick-start.md"
    page.write_text(quick_start.render(page.read_text("utf-8"), folder), "utf-8")
