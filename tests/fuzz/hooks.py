"""How the fuzz run calls the service: as the people, the partner, the exchange and the service account do.

What is generated is sent as it is; only who sends it, and about what, is put in here, since what a stranger sends ends at the
door. FUZZ_SERVICE is the address of a demonstration that was started for this run alone.
"""

import atexit
import hashlib
import hmac
import json
import os
import random
import time
import urllib.error
import urllib.request

import requests
import schemathesis

SERVICE = os.environ["FUZZ_SERVICE"]
SEED = int(os.environ.get("FUZZ_SEED", "1"))
PASSWORD = "tonghu-demo-2026"
PARTNER = ("demo-12345", "tonghu-demo-12345-secret")
EXCHANGE = "demo-cti"
SERVICE_TOKEN = "tonghu-demo-service"
PEOPLE = ["township", "county", "lead", "operator", "city", "police", "village", "sysadmin", "secadmin", "auditor", "hospital"]
# Who works with what; of the calls so many come from them, the others from anybody: what one may not do another does.
FITTING = {
    "cases": ["county", "township", "city"],
    "deadline-rules": ["secadmin", "sysadmin", "city"],
    "hotline": ["lead", "operator", "city"],
    "knowledge": ["operator", "lead"],
    "measures": ["county", "township"],
    "referral-lines": ["operator", "lead"],
    "referrals": ["operator", "lead"],
    "reports": ["operator", "lead"],
    "services": ["operator", "lead"],
    "tasks": ["police", "county", "civil", "health", "education"],
    "transfers": ["county", "city"],
    "visits": ["village", "township", "county"],
}
FITTED = 0.7
# Of the calls about one thing so many are about a thing that exists.
EXISTING = 0.7
# What the partner calls, signed; the board beside it is looked at by people.
PARTNERS = "/api/v1/hotline/work-orders"
# Whoever was away for so long, in seconds, signs in again: after 15 minutes the session has ended, and in a long run all
# that is sent in it would stop at the door unseen.
AWAY = 600

dice = random.Random(SEED)
turn = 0
cookies = {}
known = {}
tally = {}


def sign_in(person):
    body = json.dumps({"username": person, "password": PASSWORD}).encode()
    asked = urllib.request.Request(f"{SERVICE}/api/v1/session", body, {"content-type": "application/json"})
    with urllib.request.urlopen(asked) as answer:
        return answer.headers["set-cookie"].split(";")[0]


def cookie_of(person):
    now = time.monotonic()
    cookie, seen = cookies.get(person, (None, 0.0))
    if cookie is None or now - seen > AWAY:
        cookie = sign_in(person)
    cookies[person] = (cookie, now)
    return cookie


def ask(person, path):
    """A list or a thing as JSON; nothing where the person may not see it."""
    asked = urllib.request.Request(f"{SERVICE}{path}", headers={"cookie": cookie_of(person)})
    try:
        with urllib.request.urlopen(asked) as answer:
            return json.load(answer)
    except urllib.error.HTTPError:
        return None


def ids(kind):
    """Ids of the demonstration's things, as several people see them."""
    # Where there was nothing yet there may be by now: the run itself makes some.
    if not known.get(kind):
        found = set()
        # Articles are only found by their words; all of the demonstration's speak of the child.
        asked = "?q=%E5%84%BF%E7%AB%A5" if kind == "knowledge" else ""
        for person in FITTING.get(kind, PEOPLE[:6]):
            listed = ask(person, f"/api/v1/{kind}{asked}") or {}
            rows = listed if isinstance(listed, list) else listed.get("items", [])
            found.update(row["id"] for row in rows if "id" in row)
        known[kind] = sorted(found)
    return known[kind]


def kind_of(path):
    return path.split("/")[3] if path.startswith("/api/v1/") else ""


def caller(path):
    fitting = FITTING.get(kind_of(path))
    return dice.choice(fitting) if fitting and dice.random() < FITTED else PEOPLE[turn % len(PEOPLE)]


class Signed(requests.auth.AuthBase):
    """Signs the request as it goes out, as docs/12345.md tells partners to."""

    def __call__(self, request):
        client, secret = PARTNER
        body = request.body or b""
        body = body.encode() if isinstance(body, str) else body
        stamp, nonce = str(int(time.time())), os.urandom(12).hex()
        digest = hashlib.new("sm3", body).hexdigest()
        text = "\n".join([request.method, request.path_url, stamp, nonce, digest])
        request.headers.update(
            {
                "X-Tonghu-Client": client,
                "X-Tonghu-Timestamp": stamp,
                "X-Tonghu-Nonce": nonce,
                "X-Tonghu-Signature": hmac.new(secret.encode(), text.encode(), "sm3").hexdigest(),
            }
        )
        return request


class Bearing(requests.auth.AuthBase):
    """Bears one header, whatever the case generated under its name."""

    def __init__(self, name, value):
        self.name, self.value = name, value

    def __call__(self, request):
        request.headers[self.name] = self.value
        return request


def settle(case, path, person):
    """Lets most calls be about things that exist, and tells the version that they have."""
    parameters, kind = case.path_parameters, kind_of(path)
    if kind == "cti" and dice.random() < EXISTING:
        parameters["token"] = EXCHANGE
    for holder, name in ((case.query, "case"), (case.body, "case_id")):
        if isinstance(holder, dict) and name in holder and ids("cases") and dice.random() < EXISTING:
            holder[name] = dice.choice(ids("cases"))
    if not isinstance(parameters, dict) or "id" not in parameters or not ids(kind) or dice.random() >= EXISTING:
        return
    parameters["id"] = dice.choice(ids(kind))
    if isinstance(case.body, dict) and "version" in case.body and dice.random() < EXISTING:
        current = ask(person, f"/api/v1/{kind}/{parameters['id']}") or {}
        case.body["version"] = current.get("version", case.body["version"])


@schemathesis.hook
def before_call(context, case, kwargs):
    """Who calls. A wrong password, a wrong token and a wrong signature are counted by address, and whoever has too many is
    kept out for a while: so what may be wrong comes from an address of its own each time, as a proxy would tell it."""
    global turn
    turn += 1
    path = case.operation.path
    person = caller(path)
    settle(case, path, person)
    stranger = f"10.{dice.randrange(256)}.{dice.randrange(256)}.{dice.randrange(1, 255)}"
    if path.startswith(PARTNERS):
        # Now and then unsigned, with what was generated for the headers.
        if turn % 10:
            kwargs["auth"] = Signed()
            return
    if path == "/api/v1/session" and case.method.upper() == "DELETE":
        # It ends the session that it comes with.
        kwargs["auth"] = Bearing("Cookie", sign_in("operator"))
        return
    if path in ("/api/v1/session", "/api/v1/cti/{token}") or path.startswith(PARTNERS):
        kwargs["auth"] = Bearing("X-Forwarded-For", stranger)
        return
    if path == "/metrics":
        kwargs["auth"] = Bearing("Authorization", f"Bearer {SERVICE_TOKEN}")
        return
    kwargs["auth"] = Bearing("Cookie", cookie_of(person))


@schemathesis.hook
def after_call(context, case, response):
    """Counts the answers, so that a run that never came past a door is seen as such."""
    if case.method.upper() != case.operation.method.upper():
        return
    of = tally.setdefault(f"{case.method.upper()} {case.operation.path}", {})
    of[response.status_code] = of.get(response.status_code, 0) + 1


def told():
    with open(os.environ["FUZZ_TALLY"], "w", encoding="utf-8") as file:
        json.dump(tally, file)


atexit.register(told)
