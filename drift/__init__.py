"""Schema drift detection for SQLAlchemy models and live PostgreSQL databases.

    import drift

    drift.assert_no_drift("postgresql://localhost/shop", Base)

Every name is imported when it is used: `import drift` itself imports nothing.
"""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:  # `typing` takes longer to import than all of this
    from typing import Any

    from drift.api.assertion import assert_no_drift, assert_no_drift_async
    from drift.api.checking import check
    from drift.api.comparison import compare, reflect
    from drift.api.guard import guard, guard_async
    from drift.api.models import load_models
    from drift.api.report import Report
    from drift.errors import DriftError

__version__ = "0.1.0"
__all__ = [
    "DriftError",
    "Report",
    "assert_no_drift",
    "assert_no_drift_async",
    "check",
    "compare",
    "guard",
    "guard_async",
    "load_models",
    "reflect",
]

_MODULES = {
    "DriftError": "drift.errors",
    "Report": "drift.api.report",
    "assert_no_drift": "drift.api.assertion",
    "assert_no_drift_async": "drift.api.assertion",
    "check": "drift.api.checking",
    "compare": "drift.api.comparison",
    "guard": "drift.api.guard",
    "guard_async": "drift.api.guard",
    "load_models": "drift.api.models",
    "reflect": "drift.api.comparison",
}


class _Package(type(sys)):  # type: ignore[misc]
    """Imports the public names when they are used.

    `check` and `compare` are packages, too. Python makes a package an attribute of the one above it
    when it is imported, which would replace the function.
    """

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in _MODULES and isinstance(value, type(sys))):
            super().__setattr__(name, value)

    def __getattr__(self, name: str) -> "Any":
        if name not in _MODULES:
            raise AttributeError(f"module 'drift' has no attribute {name!r}")
        from importlib import import_module

        value = getattr(import_module(_MODULES[name]), name)
        setattr(self, name, value)
        return value

    def __dir__(self) -> list[str]:
        return sorted({*__all__, "__version__"})


sys.modules[__name__].__class__ = _Package
