"""Hostile inputs, made from a seed: bytes, configurations, URLs, reports, documents and lists."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any, TypeAlias

SECRET = "hunter2Sesame"
"""A password that no message may hold."""

URL = f"postgresql://shop:{SECRET}@db.example.com:5432/shop"
ENVIRONMENT = {"DATABASE_URL": URL, "PASSWORD": SECRET, "EMPTY": ""}
EXAMPLE = (Path(__file__).parents[2] / "config" / "drift.yaml").read_bytes()

_ODD = [
    *("", " ", "\0", "\n", "\r\n", "\t", "\x1b[31m", "\x85", "\u2028", "\u202e", "\ufeff"),
    *("\ud800", "💣", "ﬀ", "\u0130", "a\u0301" * 9, "::set-output name=x::", "<script>", "-->"),
    *("`|@team", "#", "%", "%00", "%zz", "%s", "{}", "${PASSWORD}", "${", "$${", "${A:-${B}}"),
    *("../../etc/passwd", "0", "-1", "1e999", "9" * 400, "NaN", ".inf", "0x1F", "1_000", "null"),
    *("2030-02-31", "~", "yes", "*", "&a", "*a", "!!python/object/apply:os.system", "!x", "|"),
    *(">", "- ", "? ", ": ", "<<", "%YAML", "javascript:alert(1)", "[", "]", "[[", "{", "}", '"'),
    *("'", "\\", "a" * 5000, "missing-*", "a.b:C"),
]
_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\x1f\x8b", b"PK\x03\x04", b"\0\0\xfe\xff")
_ENCODINGS = ("utf-8", "utf-8", "utf-8", "utf-16", "utf-32", "utf-7", "latin-1", "cp037")
_KEYS = (
    *("database", "models", "import", "schemas", "ignore", "severity", "fail_on", "targets"),
    *("sentry", "github", "connect_timeout", "lock_timeout", "rule", "object", "reason", "until"),
    *("dsn", "repository", "token", "labels", "monitor", "schedule", "slug", "assignees"),
    *("slack", "webhook", "channel", "webhook_url", "url", "secret", "headers", "timeout"),
)
Maker: TypeAlias = Callable[[Random], Any]


def text(random: Random) -> str:
    """Return a short text with something odd in it."""
    return "".join(random.choice(_ODD) for _ in range(random.randrange(4)))


def noise(random: Random) -> bytes:
    """Return up to 200 bytes of anything, behind the mark of some encoding or none."""
    return random.choice((b"", *_BOMS)) + random.randbytes(random.randrange(200))


def mutated(content: bytes, random: Random) -> bytes:
    """Return content with some of it cut, doubled, swapped or overwritten."""
    found = bytearray(content)
    for _ in range(random.randint(1, 6)):
        at = random.randrange(len(found) + 1)
        to = min(len(found), at + random.choice((1, 1, 2, 8, 40, 200)))
        change = random.randrange(5)
        if change == 0:
            del found[at:to]
        elif change == 1:
            found[at:at] = found[at:to] * random.choice((1, 2, 20))
        elif change == 2:
            found[at:at] = text(random).encode("utf-8", "surrogatepass")
        elif change == 3:
            found[at:to] = random.randbytes(to - at)
        elif to > at:
            found[at] ^= 1 << random.randrange(8)
    return bytes(found[: 1 << 20])


def tree(random: Random, leaf: Maker, key: Maker, depth: int = 4) -> Any:
    """Return lists and dicts within each other."""
    kind = random.randrange(4) if depth else 0
    if kind == 1:
        return [tree(random, leaf, key, depth - 1) for _ in range(random.randrange(4))]
    if kind >= 2:
        pairs = range(random.randrange(5))
        return {str(key(random)): tree(random, leaf, key, depth - 1) for _ in pairs}
    return leaf(random)


def configuration(random: Random) -> bytes:
    """Return what should be a configuration."""
    kind = random.randrange(8)
    if kind == 0:
        return noise(random)
    if kind <= 2:
        return mutated(EXAMPLE, random)
    if kind == 3:
        return bomb(random)
    made = tree(random, _leaf, lambda r: r.choice((*_KEYS, *_KEYS, text(r))))
    words = flow(made, random) if kind == 4 else block(made, random)
    return words.encode(random.choice(_ENCODINGS), "backslashreplace")


def _leaf(random: Random) -> Any:
    values = (True, None, 0, -1.5, 10**40, "a.b:C", "10s", "error", "public.*", "${PASSWORD}")
    return random.choice((*values, URL, text(random), text(random), text(random)))


def flow(value: Any, random: Random) -> str:
    """Return a tree as YAML's flow style, with a tag or an anchor here and there."""
    mark = random.choice(("", "", "", "", "&a ", "!!str ", "!!python/name:os.system ", "*a "))
    if isinstance(value, dict):
        inner = (f"{json.dumps(key)}: {flow(item, random)}" for key, item in value.items())
        return f"{mark}{{{', '.join(inner)}}}"
    if isinstance(value, list):
        return f"{mark}[{', '.join(flow(item, random) for item in value)}]"
    return mark + (json.dumps(value) if random.random() < 0.9 else str(value))


def block(value: Any, random: Random, indent: int = 0) -> str:
    """Return a tree as YAML's block style; scalars are quoted, or left as they are."""
    space = "\n" + " " * indent
    if isinstance(value, dict) and value:
        return "".join(
            f"{space}{key}: {block(item, random, indent + 2)}" for key, item in value.items()
        )
    if isinstance(value, list) and value:
        return "".join(f"{space}- {block(item, random, indent + 2)}" for item in value)
    return json.dumps(value) if random.random() < 0.5 else str(value)


def bomb(random: Random) -> bytes:
    """Return a few bytes that stand for many: aliases of aliases, nesting, long words."""
    many = random.choice((10, 100, 3000))
    laughs = "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(9)
    )
    endless = "a: &a [*a]\nmodels: *a\n"
    spread = f"models: &m [{'x.y:Z, ' * many}]\ntargets: {{a: {{models: *m}}, b: {{models: *m}}}}"
    return random.choice(
        (
            f"a: &a [1]\n{laughs}".encode(),
            endless.encode(),
            spread.encode(),
            random.choice((b"[", b"{", b"- ", b"? ", b"!", b"&a ", b"{a: ")) * many,
            b'ignore: [{rule: "*", reason: x, object: "' + random.choice((b"[", b"*a")) * many,
            b'ignore: [{reason: x, object: "a.b", rule: "' + b"*a" * many + b'"}]',
            b"models: " + random.choice((b"a", b"a.", b"${", b"\\U", b'"\\x')) * many,
        )
    )


def url(random: Random) -> str:
    """Return what should be a URL, with the secret where a password stands."""
    scheme = random.choice(("postgresql", "postgres", "postgresql+asyncpg", "mysql", text(random)))
    host = random.choice(("db", "[::1]", "/tmp", "%2Ftmp", "a,b:1", "[", "", text(random)))
    port = random.choice(("", ":5432", ":99999999", ":x", ":", text(random)))
    pairs = [
        f"{random.choice(('host', 'sslmode', 'ssl', 'password', 'options', text(random)))}="
        f"{random.choice((SECRET, 'a:1', '/x', text(random)))}"
        for _ in range(random.randrange(4))
    ]
    query = random.choice(("?", "?", "#", "")) + random.choice("&;").join(pairs) if pairs else ""
    start = f"{scheme}{random.choice(('://', '://', ':', '//'))}u:{SECRET}@"
    if random.random() < 0.2:
        return f"host={host} password={SECRET} {text(random)}={text(random)}"
    return f"{start}{host}{port}/{random.choice(('shop', '', text(random)))}{query}"


def spec(random: Random) -> str:
    """Return what should name models; no module of that name exists."""
    name = random.choice(("zz_none", "zz.none", "", ".", "..", "zz_none.", "math", "json.decoder"))
    path = random.choice(("Base", "pi", "pi.real.x", "", "a..b", "__doc__.x", text(random)))
    odd = text(random) if random.random() < 0.4 else ""
    return f"{name}{odd}{random.choice((':', ':', '', '::'))}{path}"


def target_list(random: Random) -> str:
    """Return what should be a list of targets."""
    lines: list[str] = []
    for _ in range(random.randrange(5)):
        made: Sequence[str] = (
            url(random),
            URL,
            text(random),
            json.dumps({"database": url(random), "name": random.choice(("a", text(random)))}),
            json.dumps(tree(random, _leaf, lambda r: r.choice(("database", "name", "models")))),
            "{" * random.choice((1, 5, 5000)),
            '{"database": ' + "[" * random.choice((1, 5000)),
            "${DATABASE_URL}",
        )
        lines.append(random.choice(made))
    return random.choice(("\n", "\r\n", "\n\n")).join(lines)


def document(content: bytes, random: Random) -> bytes:
    """Return a JSON document with some of its values, or of its bytes, changed."""
    if random.random() < 0.25:
        return mutated(content, random)
    if random.random() < 0.05:
        return noise(random)
    found = json.loads(content)
    for _ in range(random.randint(1, 4)):
        found = _changed(found, random)
    return json.dumps(found, ensure_ascii=random.random() < 0.9).encode("utf-8", "surrogatepass")


def _changed(value: Any, random: Random) -> Any:
    """Return the value with something within it replaced, taken out or put in."""
    if random.random() < 0.15 or not isinstance(value, dict | list) or not value:
        odd: Sequence[Any] = (
            text(random),
            10**30,
            -1,
            1.5,
            None,
            True,
            [],
            {},
            [[]] * 3,
            {"a": {"b": [1]}},
        )
        return random.choice((*odd, value, _nested(random.choice((5, 30, 2000)))))
    found: Any = value.copy()
    place = random.choice(list(found) if isinstance(found, dict) else range(len(found)))
    change = random.random()
    if change < 0.1:
        del found[place]
    elif change < 0.2 and isinstance(found, dict):
        found[text(random)] = found[place]
    elif change < 0.2:
        found.extend(found[:5])
    else:
        found[place] = _changed(found[place], random)
    return found


def _nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(min(depth, 400)):
        value = [value]
    return value


def leaked(message: str) -> bool:
    """Tell whether a message holds the secret, or most of it."""
    return SECRET in message or re.search(SECRET[:8], message) is not None
