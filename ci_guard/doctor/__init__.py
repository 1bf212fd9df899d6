"""The story of one machine: what stands in the way of its builds, and, if asked, how long files stay held."""
