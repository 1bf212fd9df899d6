"""The story of a Jenkins controller's past builds: scanned, folded, described, run again, quarantined."""
