"""The one reader of the user's pictures: what is in a folder (`listing`), pixels of a file (`decoding`), refusals (`faults`).

References, data cards and `encode_images` read through it, so that the same file gives the same pixels everywhere.
"""
