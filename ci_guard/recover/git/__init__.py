"""A repository as git itself describes it, and which bytes in its working tree are git's own."""
