"""A run for a fleet's collector: spans under the pipeline's trace, and counters (the extra `otel`)."""
