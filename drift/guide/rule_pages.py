"""Generates the page of each rule: `python -m drift.guide.rule_pages`."""

from __future__ import annotations

from pathlib import Path

from drift.kinds import RULES
from drift.model import Rule

FOLDER = Path(__file__).parent / "rules"


def rule_page(rule: Rule) -> str:
    """Return the Markdown of a rule's page."""
    return f"""# {rule.id}

{rule.summary}

| | |
|---|---|
| severity | `{rule.severity.name.lower()}`; some cases have another |
| impact | {rule.impact} |
| fix | {rule.remedy} |

## Accept it

```yaml
ignore:
  - rule: {rule.id}
    object: public.users   # the object as reports name it, or a pattern
    reason: A sentence for your colleagues.
```

## Change its severity

```yaml
severity:
  {rule.id}: info   # error, warning, info or off
```

See also [Accept differences](../ratchet.md), [Configuration](../configuration.md) and
[Close the gap](../plans.md).
"""


def write(folder: Path = FOLDER) -> None:
    """Write the page of every rule, and delete those of rules that no longer exist."""
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.md"):
        if old.stem not in RULES:
            old.unlink()
    for rule in RULES.values():
        (folder / f"{rule.id}.md").write_text(rule_page(rule), encoding="utf-8")


if __name__ == "__main__":
    write()
