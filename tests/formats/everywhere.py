"""All that people can read of a report, in every format and by every reporter."""

from __future__ import annotations

import html
import json
import re

from drift.formats import FORMATS, Options, resolve
from drift.report.report import Check, Report
from drift.reporters.github.issue_text import body, changed
from drift.reporters.memory import state
from drift.reporters.sentry.events import EventDefaults, events
from drift.reporters.sentry.frames import ModelFrames
from drift.reporters.slack.texts import message
from tests.report.contract import json_report
from tests.reporters.slack.block_kit import shown

_PYTHON = re.compile(
    r"\b(?:True|False|None)\b"  # constants
    r"|\{'|\{\"|(?<!ARRAY)\['|\(\)|,\)"  # dictionaries, lists and tuples
    r"|\b(?:dict|set|tuple|frozenset|Decimal|datetime)\(|<\w+[ .]\w+ object|<class "
)


def texts(check: Check) -> dict[str, str]:
    """Return what each format and reporter shows of a check; the JSON report must be valid."""
    report = Report(checks=(check,))
    json_report(resolve("json")(report, Options()))
    found = {name: resolve(name)(report, Options(width=200)) for name in FORMATS if name != "json"}
    found["text -v"] = resolve("text")(report, Options(width=200, verbose=True))
    found["html"] = re.sub(r"<(style|script).*?</\1>", "", found["html"], flags=re.DOTALL)
    found["html"] = html.unescape(re.sub(r"</?mark>", "", found["html"]))
    results = json.loads(found["sarif"])["runs"][0]["results"]
    found["sarif"] = "\n".join(result["message"]["text"] for result in results)
    found["junit"] = html.unescape(found["junit"])
    found["github"] = body(check, state(check), Options(), "") + changed(
        check, None, state(check), ""
    )
    defaults = EventDefaults(None, None, ModelFrames("", lambda text: text, readable=False))
    found["sentry"] = "\n".join(
        event["exception"]["values"][0]["value"] for event in events(report, defaults)
    )
    found["slack"] = shown({"blocks": message(check, Options(), "").blocks})
    return found


def python_in(text: str) -> list[str]:
    """Return lines in which Python spells a value; SQL's empty calls, as `now()`, are none."""
    plain = re.sub(r"\b\w+\(\)", "call", re.sub(r"<!--.*?-->", "", text))
    return [line for line in plain.splitlines() if _PYTHON.search(line)]
