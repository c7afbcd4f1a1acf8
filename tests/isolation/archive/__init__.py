"""A domain with words and vectors to look things up by."""
