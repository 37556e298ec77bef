"""Plans to render, made by hand."""

from __future__ import annotations

from typing import Any

from drift.plan.operation import Lock, Operation, Work
from drift.plan.proof import Proof, StepProof
from drift.plan.step import Choice, Decision, Hazard, Phase, Plan, Precheck, Refusal, Step

USERS = ("public", "users")
ORDERS = ("public", "orders")
AX, SUX = Lock.ACCESS_EXCLUSIVE, Lock.SHARE_UPDATE_EXCLUSIVE


def exists(name: str) -> str:
    return f"EXISTS (SELECT FROM pg_constraint WHERE conname = '{name}')"


ADD = Step(
    title="Add the column public.users.role",
    operations=(
        Operation(sql="ALTER TABLE public.users ADD COLUMN IF NOT EXISTS role text",
                  locks={USERS: AX}),
    ),
    phase=Phase.COLUMNS,
    table=USERS,
    findings=("f1",),
)  # fmt: skip
INDEX = Step(
    title="Build the index users_email_key",
    operations=(
        Operation(
            sql="CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS users_email_key"
            " ON public.users (email)",
            locks={USERS: SUX},
            work=Work.BUILD,
            transactional=False,
        ),
    ),
    phase=Phase.INDEXES,
    table=USERS,
    prechecks=(
        Precheck(
            problem="values of public.users.email are there twice",
            query="SELECT email AS value FROM public.users GROUP BY email HAVING count(*) > 1",
        ),
    ),
    findings=("f2",),
)
UNIQUE = Step(
    title="Add the unique constraint users_email_key",
    operations=(
        Operation(
            sql="ALTER TABLE public.users ADD CONSTRAINT users_email_key UNIQUE"
            " USING INDEX users_email_key",
            locks={USERS: AX},
            done=exists("users_email_key"),
        ),
    ),
    phase=Phase.KEYS,
    table=USERS,
    findings=("f2",),
)
CHECK = Step(
    title="Check that public.users.role is not NULL",
    operations=(
        Operation(
            sql="ALTER TABLE public.users ADD CONSTRAINT users_role_not_null"
            " CHECK (role IS NOT NULL) NOT VALID",
            locks={USERS: AX},
            done=exists("users_role_not_null"),
        ),
    ),
    phase=Phase.NOT_NULL,
    table=USERS,
    findings=("f1",),
)
VALIDATE = Step(
    title="Validate the check users_role_not_null",
    operations=(
        Operation(sql="ALTER TABLE public.users VALIDATE CONSTRAINT users_role_not_null",
                  locks={USERS: SUX}, work=Work.SCAN),
    ),
    phase=Phase.NOT_NULL,
    table=USERS,
    prechecks=(
        Precheck(
            problem="rows of public.users have no role",
            query="SELECT id::text AS value FROM public.users WHERE role IS NULL",
            early=False,
        ),
    ),
    findings=("f1",),
)  # fmt: skip
DROP = Step(
    title="Drop the column public.users.old",
    operations=(
        Operation(sql="ALTER TABLE public.users DROP COLUMN IF EXISTS old", locks={USERS: AX}),
    ),
    phase=Phase.DROP_COLUMNS,
    table=USERS,
    hazards=(Hazard.DROP,),
    blocked=(Hazard.DROP,),
    excuses={"ban-drop-column": "The models do not have the column."},
    findings=("f3",),
)
DECIDE = Step(
    title="Fill public.orders.state",
    operations=(),
    phase=Phase.BACKFILL,
    table=ORDERS,
    decision=Decision(
        question="Which value do old rows get?",
        choices=(
            Choice(option="--fill public.orders.state=NEW", effect="old rows get NEW"),
            Choice(option="--fill public.orders.state=", effect="old rows get an empty text"),
        ),
    ),
    findings=("f4",),
)
BACK = Step(
    title="Drop the column public.users.role",
    operations=(
        Operation(sql="ALTER TABLE public.users DROP COLUMN IF EXISTS role", locks={USERS: AX}),
    ),
    phase=Phase.DROP_COLUMNS,
    table=USERS,
)
STEPS = (ADD, CHECK, VALIDATE, INDEX, UNIQUE, DECIDE, DROP)


def plan(*steps: Step, **changes: Any) -> Plan:
    """Return a plan of steps, with some changes."""
    facts: dict[str, Any] = {
        "target": "production",
        "steps": steps,
        "fingerprint": "3f2a00deadbeef12",
        "server_version": 180006,
        "sizes": {USERS: 1_300_000_000, ORDERS: 81_920},
        "titles": {
            "f1": "missing-column public.users.role",
            "f2": "missing-unique public.users.users_email_key",
            "f3": "extra-column public.users.old",
            "f4": "column-nullability public.orders.state",
        },
    }
    return Plan(**(facts | changes))


def whole(**changes: Any) -> Plan:
    """Return a plan with a step of each sort."""
    refusal = Refusal(finding="f9", path="public.events", reason="its partitions are not in place")
    facts: dict[str, Any] = {
        "refusals": (refusal,),
        "downgrade": (BACK,),
        "irreversible": ("the values of public.users.old are not kept",),
        "search_path": ("public", "pg_temp"),
        "notes": ("1 finding waits for a pending migration: run alembic upgrade head.",),
    }
    return plan(*STEPS, **(facts | changes))


def proof(*problems: str, of: Plan | None = None, **changes: Any) -> Proof:
    """Return the proof of the steps that run."""
    steps = (of or whole()).running
    facts: dict[str, Any] = {
        "server_version": "18.6",
        "clone": "pg_dump",
        "steps": tuple(
            StepProof(title=step.title, locks=step.locks, work=step.work) for step in steps
        ),
        "problems": problems,
        "caught": ("values of public.users.email are there twice",),
        "rows": 400,
        "downgrade": "the way back was tested, too: 1 step",
        "seconds": 2.13,
    }
    return Proof(**(facts | changes))
