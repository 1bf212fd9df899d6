"""What ci-guard says to each CI server, read as the server reads it."""
