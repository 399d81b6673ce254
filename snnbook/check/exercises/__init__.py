"""The exercises: a file for each chapter, with a dict `EXERCISES` of them by their names."""

__all__: list[str] = []
