"""One module per CI server: how a run is told there. Knows nothing of the run's logic."""
