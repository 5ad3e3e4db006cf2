"""The kernel: plain functions over three flat sequences, which run interpreted over lists or compiled over arrays.

`layout` names the places in the sequences, `advance` is the entry, and each other file holds one idea.
"""
