"""The story of many runs: their records read, folded into one picture, shown as a page, Markdown or JSON."""
