"""The GitHub action: its steps executed for real, as GitHub's runner would."""
