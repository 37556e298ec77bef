"""Secrets are taken out of text however they are spelled, and short ones spoil no message."""

from __future__ import annotations

import html
import json
import time
from urllib.parse import quote, quote_plus

import pytest

from drift.redaction import Redactor, is_distinctive, redact
from drift.texts import changed
from tests.report.examples import finding, report

STRONG = "tr0ub4dor&h'o\"r\\se/@ü"


@pytest.mark.parametrize(
    ("secret", "anywhere"),
    [
        ("a", False),
        ("shop", False),
        ("s3cr3t!", False),
        ("postgres", False),
        ("Password", False),
        ("PRODUCTION", False),
        ("shop_production", False),
        ("my.shop-user", False),
        ("postgresql", False),
        ("qzkvhwtjxp", True),
        ("password1", True),
        ("s3cr3t!!", True),
        ("abcdEFGH", True),
        ("tr0ub4dor", True),
        ("correct_horse_battery", True),
        ("qzkvhwtjxpdmrygb", True),
        ("12345678", True),
    ],
)
def test_a_long_secret_that_is_no_word_is_searched_for_anywhere(
    secret: str, *, anywhere: bool
) -> None:
    assert is_distinctive(secret) is anywhere
    text = f"the word x{secret}y stands here"
    assert (secret not in redact(text, [secret])) is anywhere


@pytest.mark.parametrize(
    "spelled",
    [
        STRONG,
        quote(STRONG),
        quote(STRONG, safe=""),
        quote_plus(STRONG),
        quote(STRONG, safe="").replace("%2F", "%2f").replace("%40", "%40"),
        repr(STRONG)[1:-1],
        json.dumps(STRONG)[1:-1],
        json.dumps(STRONG, ensure_ascii=False)[1:-1],
        html.escape(STRONG),
        html.escape(STRONG, quote=False),
        STRONG.replace("'", "''"),
        STRONG.replace("\\", "\\\\").replace("'", "\\'"),
    ],
)
def test_a_secret_is_found_in_every_spelling(spelled: str) -> None:
    assert Redactor([STRONG]).text(f"<{spelled}>") == "<***>"


@pytest.mark.parametrize(
    ("secret", "text", "expected"),
    [
        ("shop", "cannot import app.models (looked in /home/shop/app)", None),
        ("shop", 'database "shop_drift" does not exist', None),
        ("a", "the database URL cannot be read", None),
        ("password", 'password authentication failed for user "me"', None),
        ("", "set GITHUB_TOKEN: it is empty", None),
        ("shop", "postgresql://shop:shop@shop/shop", "postgresql://shop:***@shop/shop"),
        ("a", "postgresql+asyncpg://a:a@a/a", "postgresql+asyncpg://a:***@a/a"),
        ("", "'postgresql://me:p@ss/w#rd@h/x'", "'postgresql://me:***@h/x'"),
        ("", "postgresql://me:pw@a:1,b:2/x, and more", "postgresql://me:***@a:1,b:2/x, and more"),
        ("", "postgresql://me@h:5432/x", None),
        ("", "http://localhost:8080/a@b", None),
        ("", "https://me:pw@h/x", "https://***@h/x"),
        ("", "https://ghp_token@github.com/x", "https://***@github.com/x"),
        ("a", "host=a password=a dbname=a", "host=a password=*** dbname=a"),
        ("a", "host=h password='a b\\'c' dbname=x", "host=h password=*** dbname=x"),
        ("a", "host=h password='a", "host=h password=***"),
        ("a", "PGPASSWORD=a sslpassword = a", "PGPASSWORD=*** sslpassword = ***"),
        ("", r"password=se\ cret host=h", "password=*** host=h"),
        ("", r"password=a\\ host=h", "password=*** host=h"),
        ("", r"password=a\'b\,c\\\ d host=h", "password=*** host=h"),
        ("", "password=a\\", "password=***"),
        ("a", "/x?password=a&user=a", "/x?password=***&user=a"),
    ],
)
def test_a_short_secret_is_taken_out_only_where_a_password_stands(
    secret: str, text: str, expected: str | None
) -> None:
    assert redact(text, [secret]) == (text if expected is None else expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "1 validation error for Settings port Input should be a valid integer "
            "[type=int_parsing, input_value='sk_live_1, 2', input_type=str] For further",
            "1 validation error for Settings port Input should be a valid integer "
            "[type=int_parsing, input_value=***, input_type=str] For further",
        ),
        ("[input_value={'a': ['sk_live']}", "[input_value=***"),
        (
            "[{'loc': ('x',), 'input': {'a': 'sk_live', 'b': 1}, 'url': 'https://e'}]",
            "[{'loc': ('x',), 'input': ***, 'url': 'https://e'}]",
        ),
        ("bad input='sk_live' here", "bad input=*** here"),
        ("STRIPE_KEY=sk_live, DEBUG=1", "STRIPE_KEY=***, DEBUG=1"),
        ("{'api_key': 'sk_live', 'n': 1}", "{'api_key': ***, 'n': 1}"),
        ('{"client_secret": "sk \\" live"}', '{"client_secret": ***}'),
        ("auth_token: sk_live", "auth_token: ***"),
        ("Settings(jwt_secret_v2='sk_live', n=1)", "Settings(jwt_secret_v2=***, n=1)"),
        ("SENTRY_DSN=https://abc@o1.ingest/1", "SENTRY_DSN=***"),
        (
            "cannot reach postgresql://u:pw@h/x?password=y",
            "cannot reach postgresql://u:***@h/x?password=***",
        ),
        ("Column 'id' has primary_key=True", None),
        ("no module named 'tokens'", None),
    ],
)
def test_anybodys_message_loses_what_has_the_name_of_a_secret(
    text: str, expected: str | None
) -> None:
    assert Redactor().foreign(text) == (text if expected is None else expected)


def test_a_report_keeps_conditions_on_a_column_that_is_called_password() -> None:
    text = "CHECK (password = 'x')"
    assert Redactor().text(text) == text


def test_texts_are_changed_wherever_they_stand_in_a_report() -> None:
    redactor = Redactor([STRONG])
    found = finding(f"x{STRONG}", expected={"default": [STRONG, 1, None]}, detail=STRONG)
    before = report(found, finding())
    after = changed(before, redactor.text)
    assert STRONG not in str(after)
    assert after.checks[0].findings[0].expected == {"default": ["***", 1, None]}
    assert after.checks[0].findings[1] is before.checks[0].findings[1]
    assert after.checks[0].findings[0].severity is found.severity
    assert changed(report(finding()), redactor.text) == report(finding())


HOSTILE = ("://a:", "a.b", "password", "input_value=", "'", "https://", "KEY='", "key=", " ")


@pytest.mark.parametrize("word", HOSTILE)
def test_a_megabyte_of_hostile_text_is_redacted_in_seconds(word: str) -> None:
    began = time.process_time()
    Redactor([STRONG]).foreign(word * (1_000_001 // len(word)))
    assert time.process_time() - began < 10
