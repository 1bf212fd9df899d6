"""This machine: what it answers about files, products and volumes."""
