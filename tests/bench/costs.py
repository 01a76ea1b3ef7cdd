"""Where the engine's instructions go, by step and by function."""

import os

import callgrind
import page

# What stands in a step's function and is a step of its own is taken off.
STEPS = [
    ("reading: the walk over the tokens", "json_walk", ["json_index_run"]),
    ("reading: simdjson's first stage", "json_index_run", []),
    ("records: writing them", "record_write", []),
    ("fields: what is done to a value", "transform_apply", []),
    ("identity: normal form, tokens", "class_token", []),
    ("consent", "ask_consent", []),
]
SETS = ("full", "new")
EVENTS = 200000  # of engine.c: a set, ten times
MOST = 15


def measure(scene, programs, directory):
    """{set: (instructions, inclusive, by themselves)}"""
    rows = {}
    for kind in SETS:
        out = os.path.join(directory, kind + ".callgrind")
        total = callgrind.run(
            [
                os.path.join(programs, "engine"), scene.path("policy.yaml"),
                scene.path("ring.lethe"), scene.path("secret.key"), "json", "1", kind,
            ],
            out,
        )
        rows[kind] = (
            total, callgrind.functions(out, True), callgrind.functions(out, False)
        )
        page.say(f"{kind}: {total / EVENTS:,.0f} instructions an event")
    return rows


def of_step(inclusive, function, without):
    missing = [f for f in [function, *without] if f not in inclusive]
    if missing:
        raise RuntimeError(f"the profile has no {', '.join(missing)}: inlined, renamed?")
    return inclusive[function] - sum(inclusive[f] for f in without)


def cell(count, total):
    return f"{count / EVENTS:,.0f} ({count / total:.1%})"


def step_rows(rows):
    left = {kind: total for kind, (total, _, _) in rows.items()}
    for name, function, without in STEPS:
        row = [name, f"`{function}`"]
        for kind, (total, inclusive, _) in rows.items():
            count = of_step(inclusive, function, without)
            left[kind] -= count
            row.append(cell(count, total))
        yield row
    yield ["all else", ""] + [cell(left[k], rows[k][0]) for k in rows]


def function_rows(rows):
    _, _, first = rows[SETS[0]]
    for name in sorted(first, key=first.get, reverse=True)[:MOST]:
        yield [f"`{name}`"] + [
            cell(alone.get(name, 0), total) for total, _, alone in rows.values()
        ]


def lines(rows):
    yield "## Where the engine's time goes"
    yield ""
    yield (
        "Instructions an event of `lethe_process`, counted by callgrind over the events of "
        "the first table, and their share. Valgrind has AVX2 and no AVX-512, so a machine "
        "with the latter needs fewer for the first stage."
    )
    yield ""
    total = [f"{total / EVENTS:,.0f}" for total, _, _ in rows.values()]
    yield from page.table(
        ["step, what it calls included", "", *(f"`{kind}`" for kind in rows)],
        ["the whole", "`lethe_process`", *total],
        *step_rows(rows),
    )
    yield ""
    yield "By function, without what it calls:"
    yield ""
    yield from page.table(["", *(f"`{kind}`" for kind in rows)], *function_rows(rows))
