"""What npm leaves on disk: the tree of packages, its cache, its settings, its logs."""
