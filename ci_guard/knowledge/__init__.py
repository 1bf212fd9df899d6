"""What is known about tools: data files and their reader."""
