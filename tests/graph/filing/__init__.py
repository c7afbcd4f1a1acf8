"""A domain of the tests: folders within folders, told by several keys, and files in them."""
