"""The first page: is it healthy, what is running, what did it learn today."""
