"""Libraries in the forms that others read: a plain Python package, JSON, Stitch's and DreamCoder's."""
