"""For torch.compile only: run something for real while it follows the code.

It is a module of its own, loaded when torch.compile is at work, since PyTorch's compiler takes long
to import.
"""

from importlib import import_module
from typing import Any

import torch

__all__ = ["really"]


@torch.compiler.assume_constant_result  # type: ignore[untyped-decorator]
def really(module: str, function: str, *arguments: Any) -> Any:
    """Call a function that torch.compile couldn't follow; the graph keeps what it returns.

    Args:
        module: the module's full name; a function itself can't be an argument here.
        function: its name there.
        arguments: texts and numbers, guarded by value, and objects, guarded by identity.
    """
    return getattr(import_module(module), function)(*arguments)
