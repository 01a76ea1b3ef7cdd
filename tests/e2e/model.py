"""What tests/e2e/policy.yaml makes of an event, written a second time and
from the documentation, in Python: the end-to-end tests hold the records on the
topics against it, byte for byte of their content.

Nothing here calls lethe.  Tokens are derived with hashlib from the epochs'
keys, which Ring takes out of the ring file with the recipient's secret key.
"""

import datetime
import json
import re
import struct
from collections import Counter

HOUR, DAY = 3600_000, 86400_000
LIMITS = {"bytes": 65536, "depth": 16, "members": 512, "string": 8192}
EVENTS = {
    "Product Viewed": "viewed",
    "Product Added": "added",
    "Order Completed": "ordered",
}
IGNORED_USERS = {
    "anonymous", "guest", "undefined", "null", "none", "nan", "0",
    "[object object]",
}
IGNORED_DEVICES = {"00000000-0000-0000-0000-000000000000"}
RFC3339 = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(\.\d+)?([Zz]|[+-]\d\d:\d\d)"
)


class Poison(Exception):
    pass


# ---- reading


def no_twins(pairs):
    if len(pairs) > LIMITS["members"]:
        raise Poison("too_many_members")
    made = dict(pairs)
    if len(made) != len(pairs):
        raise Poison("duplicate_key")
    return made


def no_constant(_):
    raise Poison("bad_number")


def check_bounds(value, depth=1):
    if isinstance(value, dict):
        if depth > LIMITS["depth"]:
            raise Poison("too_deep")
        for key, member in value.items():
            check_bounds(key, depth)
            check_bounds(member, depth + 1)
    elif isinstance(value, list):
        if depth > LIMITS["depth"]:
            raise Poison("too_deep")
        for member in value:
            check_bounds(member, depth + 1)
    elif isinstance(value, str):
        if not value.isascii():
            try:
                data = value.encode()
            except UnicodeEncodeError:
                raise Poison("lone_surrogate") from None
        else:
            data = value
        if len(data) > LIMITS["string"]:
            raise Poison("string_too_long")


def read_json(data):
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise Poison("bad_utf8") from None
    try:
        return json.loads(
            text, object_pairs_hook=no_twins, parse_constant=no_constant
        )
    except ValueError:
        raise Poison("json_syntax") from None


class Msgpack:
    """A reader of MessagePack; `strict` as lethe reads its input, else only to
    find where values end."""

    def __init__(self, data, strict):
        self.data, self.at, self.strict = data, 0, strict

    def take(self, size):
        part = self.data[self.at : self.at + size]
        if len(part) != size:
            raise Poison("truncated")
        self.at += size
        return part

    def number(self, form):
        return struct.unpack(">" + form, self.take(struct.calcsize(form)))[0]

    def string(self, size):
        try:
            return self.take(size).decode("utf-8", "strict" if self.strict else "replace")
        except UnicodeDecodeError:
            raise Poison("bad_utf8") from None

    def list(self, size):
        return [self.value() for _ in range(size)]

    def map(self, size):
        made = {}
        for _ in range(size):
            key = self.value()
            if self.strict and not isinstance(key, str):
                raise Poison("msgpack_key")
            if self.strict and key in made:
                raise Poison("duplicate_key")
            made[key] = self.value()
        return made

    def value(self):
        b = self.take(1)[0]
        if b <= 0x7F:
            return b
        if b <= 0x8F:
            return self.map(b & 15)
        if b <= 0x9F:
            return self.list(b & 15)
        if b <= 0xBF:
            return self.string(b & 31)
        if b >= 0xE0:
            return b - 256
        if b in SIZED:
            kind, form = SIZED[b]
            return kind(self, self.number(form))
        if b in (0xC0, 0xC2, 0xC3):
            return {0xC0: None, 0xC2: False, 0xC3: True}[b]
        if b in SCALARS:
            return self.number(SCALARS[b])
        raise Poison("msgpack_type")


SIZED = {
    0xD9: (Msgpack.string, "B"), 0xDA: (Msgpack.string, "H"),
    0xDB: (Msgpack.string, "I"),
    0xDC: (Msgpack.list, "H"), 0xDD: (Msgpack.list, "I"),
    0xDE: (Msgpack.map, "H"), 0xDF: (Msgpack.map, "I"),
}
SCALARS = {
    0xCA: "f", 0xCB: "d", 0xCC: "B", 0xCD: "H", 0xCE: "I", 0xCF: "Q",
    0xD0: "b", 0xD1: "h", 0xD2: "i", 0xD3: "q",
}


def read_msgpack(data):
    reader = Msgpack(data, True)
    value = reader.value()
    if reader.at != len(data):
        raise Poison("trailing_bytes")
    return value


def read_event(data):
    """The object, or Poison."""
    if not data:
        raise Poison("empty")
    if len(data) > LIMITS["bytes"]:
        raise Poison("too_large")
    first = data[0]
    if first in b"{ \t\r\n":
        event = read_json(data)
    elif 0x80 <= first <= 0x8F or first in (0xDE, 0xDF):
        event = read_msgpack(data)
    else:
        raise Poison("unknown")
    if not isinstance(event, dict):
        raise Poison("not_an_object")
    check_bounds(event)
    return event


def at(event, *path):
    for step in path:
        if not isinstance(event, dict) or step not in event:
            return None
        event = event[step]
    return event


# ---- deciding


def event_time(event):
    """ms UTC, or None."""
    text = at(event, "timestamp")
    found = isinstance(text, str) and RFC3339.fullmatch(text)
    if not found:
        return None
    day, clock, fraction, zone = found.groups()
    try:
        moment = datetime.datetime.fromisoformat(
            f"{day}T{clock}" + ("+00:00" if zone in "Zz" else zone)
        )
    except ValueError:
        return None
    ms = int(moment.timestamp()) * 1000
    return ms + int((fraction or ".0")[1:4].ljust(3, "0"))


def banner(event, category):
    there = at(event, "context", "consent", "categoryPreferences")
    if there is None:
        return "silent"
    if not isinstance(there, dict):
        return "signal_wrong_type"
    value = there.get(category)
    if value is None:
        return "silent"
    if not isinstance(value, bool):
        return "signal_wrong_type"
    return "grant" if value else "deny"


def gpc(event):
    value = at(event, "context", "consent", "gpc")
    if value is None or value is False or value in ("0", "false"):
        return "silent"
    if type(value) in (int, float) and value in (0, 1):
        return "objection" if value else "silent"
    if value is True or value in ("1", "true"):
        return "objection"
    return "signal_malformed" if isinstance(value, str) else "signal_wrong_type"


def consent(event, category):
    """None when it may go, else the reason."""
    signal = banner(event, category) if category else "grant"
    objection = gpc(event)
    for answer in (signal, objection):
        if answer.startswith("signal_"):
            return answer
    if objection == "objection":
        return "objected"
    if signal == "deny":
        return "refused"
    return None if signal == "grant" else "no_consent"


def identifier(value, lower, ignored):
    """(text or None, whether it is bad)"""
    if value is None:
        return None, False
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return None, True
    text = str(value).strip()
    if lower:
        text = "".join(chr(ord(c) + 32) if "A" <= c <= "Z" else c for c in text)
    if not text or text.lower() in ignored:
        return None, False
    return text, len(text.encode()) > 1024


# ---- what leaves


def floor_text(ms, grain):
    ms -= ms % grain
    moment = datetime.datetime.fromtimestamp(ms // 1000, datetime.timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def kept_text(value, pattern, most=64):
    if isinstance(value, str) and len(value) <= most and re.fullmatch(pattern, value):
        return value
    return None


def kept_int(value):
    if type(value) is int and 1 <= value <= 999:
        return value
    return None


def kept_price(value):
    if type(value) in (int, float) and 0 <= value <= 100000:
        return value
    return None


def band(value):
    if type(value) not in (int, float):
        return None
    low = None
    for edge in (10, 25, 50, 100):
        if value < edge:
            return f"<{edge}" if low is None else f"{low}-{edge}"
        low = edge
    return ">=100"


def page(value):
    if not isinstance(value, str):
        return None
    found = re.fullmatch(r"https?://[^/?#]+(/[^?#]*)(?:\?([^#]*))?(?:#.*)?", value)
    if not found:
        return None
    path, query = found.groups()
    parts = [
        part if not part or re.fullmatch("[a-z-]{1,32}", part) else "*"
        for part in path.split("/")
    ]
    kept = [
        pair for pair in (query or "").split("&")
        if re.fullmatch("utm_source=[a-z]{1,16}", pair)
    ]
    return "/".join(parts) + ("?" + "&".join(kept) if kept else "")


ITEM = "[A-Za-z0-9_-]+"


class Model:
    """records(raw) gives what must stand on the topics for one raw message."""

    PURPOSES = {
        "recommendations": ("rec.events", "Personalization", 1000),
        "analytics": ("analytics.events", "Analytics", HOUR),
        "counting": ("count.events", None, HOUR),
    }

    def __init__(self, ring):
        self.ring = ring
        self.reasons = Counter()

    def fields(self, purpose, name, event, ms, device):
        rec = purpose == "recommendations"
        yield "event", name
        if rec:
            yield "time", floor_text(ms, 1000)
        else:
            yield "hour", floor_text(ms, HOUR)
        if purpose == "counting":
            return
        properties = at(event, "properties") or {}
        if name in ("viewed", "added"):
            yield "item", kept_text(properties.get("product_id"), ITEM)
            yield "category", kept_text(properties.get("category"), "[A-Za-z &-]+")
            if rec:
                yield "price", kept_price(properties.get("price"))
            else:
                yield "band", band(properties.get("price"))
        if name == "added":
            yield "quantity", kept_int(properties.get("quantity"))
        if name == "ordered":
            items = []
            for product in properties.get("products") or []:
                item = {
                    "item": kept_text(product.get("product_id"), ITEM),
                    "quantity": kept_int(product.get("quantity")),
                }
                items.append({k: v for k, v in item.items() if v is not None})
            yield "items", [item for item in items if item] or None
        if name == "viewed" and not rec:
            yield "page", page(at(event, "context", "page", "url"))
        if rec:
            session = at(event, "context", "sessionId")
            inner, bad = identifier(session, False, ())
            if inner and device and not bad:
                yield "session", self.ring.token(
                    purpose, "session", "s", inner, outer=device
                )

    def subject(self, event):
        """(class, prefix, text, reason)"""
        user, bad_user = identifier(event.get("userId"), False, IGNORED_USERS)
        device, bad_device = identifier(
            event.get("anonymousId"), True, IGNORED_DEVICES
        )
        if bad_user or bad_device:
            return None, None, None, "bad_identity"
        if user:
            return "user", "u", user, None
        if device:
            return "device", "d", device, None
        return None, None, None, "no_identity"

    def records(self, event, now_ms):
        """[(purpose, key, timestamp, pairs)]; counts the reasons."""
        name = at(event, "event")
        name = EVENTS.get(name) if isinstance(name, str) else None
        if name is None:
            self.reasons["no_event"] += 1
            return []
        ms = event_time(event)
        if ms is None:
            self.reasons["no_time"] += 1
            return []
        if not now_ms - 7 * DAY <= ms <= now_ms + 300_000:
            self.reasons["out_of_time"] += 1
            return []
        device, _ = identifier(event.get("anonymousId"), True, IGNORED_DEVICES)
        made = []
        for purpose, (_, category, grain) in self.PURPOSES.items():
            reason, key, head = consent(event, category), None, []
            if reason is None and category:
                kind, prefix, text, reason = self.subject(event)
            if reason:
                self.reasons[purpose + " " + reason] += 1
                continue
            if category:
                key = self.ring.token(purpose, kind, prefix, text)
                head = [("subject", key)]
                message, bad = identifier(event.get("messageId"), False, ())
                if message and not bad:
                    head.append(
                        ("id", self.ring.token(purpose, "event_id", "id", message))
                    )
            pairs = head + [
                (k, v)
                for k, v in self.fields(purpose, name, event, ms, device)
                if v is not None
            ]
            made.append((purpose, key, ms - ms % grain, pairs))
            self.reasons[purpose + " sent"] += 1
        return made


def murmur2(data):
    """The Java client's."""
    m, mask = 0x5BD1E995, 0xFFFFFFFF
    h = (0x9747B28C ^ len(data)) & mask
    whole = len(data) // 4 * 4
    for (k,) in struct.iter_unpack("<I", data[:whole]):
        k = k * m & mask
        k = (k ^ k >> 24) * m & mask
        h = h * m & mask ^ k
    tail = data[whole:]
    if tail:
        h = (h ^ int.from_bytes(tail, "little")) * m & mask
    h = (h ^ h >> 13) * m & mask
    return h ^ h >> 15


def partition_of(key, partitions):
    return (murmur2(key) & 0x7FFFFFFF) % partitions


def whole(value):
    """Doubles as RFC 8785 writes them: 50, not 50.0."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e21:
        return int(value)
    if isinstance(value, dict):
        return {k: whole(v) for k, v in value.items()}
    if isinstance(value, list):
        return [whole(v) for v in value]
    return value


def compact(value):
    """One JSON text, as lethe writes it."""
    return json.dumps(
        whole(value), separators=(",", ":"), ensure_ascii=False
    ).encode()
