"""What schemathesis cannot know: which things exist on this server. Valid requests get them; malformed ones stay as they
are."""

import itertools
import os
import uuid

import schemathesis

MACHINE = os.environ["SCHEMATHESIS_MACHINE"]
PROCESS = os.environ["SCHEMATHESIS_PROCESS"]
REQUESTS = itertools.count()
COPIES = ["/root/first"]

# The machine must stay as it is for the other operations.
ON_OTHER_MACHINES = {"deleteMachine", "stopMachine", "pauseMachine", "takeLease", "releaseLease"}


@schemathesis.hook
def before_call(context, case, kwargs):
    operation = case.operation.definition.raw.get("operationId")
    path = case.path_parameters or {}
    if operation in ON_OTHER_MACHINES and path.get("id") in (MACHINE, "schemathesis"):
        path["id"] = "web-server"
    if case.meta is None or case.meta.generation.mode.is_negative:
        return
    headers = case.headers or {}
    if "Idempotency-Key" in headers:
        headers["Idempotency-Key"] = str(uuid.uuid4())  # it belongs to one request
    headers.pop("Machine-Lease-Nonce", None)  # nobody has a lease
    headers.pop("If-Match", None)  # nor knows the version
    if "id" in path and operation not in ON_OTHER_MACHINES:
        path["id"] = MACHINE
        if "port" in path:
            path["port"] = 8080
        if "process" in path and operation != "killProcess":
            path["process"] = PROCESS
    if operation == "readFolder" and "path" in (case.query or {}):
        case.query.update(path="/root", path_encoding="utf-8")  # an archive of / ends at a file of /proc that changes
    if next(REQUESTS) % 2:  # schemathesis sets the seed of random numbers
        be_possible(operation, case.query or {}, case.body if isinstance(case.body, dict) else {})


def be_possible(operation, query, body):
    """Half of the requests are about things that exist; the others keep what was made up."""
    if operation == "createMachine":
        body["name"] = uuid.uuid4().hex
    elif operation in ("execCommand", "startProcess"):
        body["command"] = ["true"]
        for name in ("user", "cwd"):
            body.pop(name, None)
    elif operation in ("copyFile", "moveFile", "changeMode"):
        body.pop("path_encoding", None)
        body.pop("user", None)
        if operation == "changeMode":
            body.update(path="/root/present", mode="0644")
        elif operation == "copyFile":
            body.update({"from": "/root/present", "to": "/root/" + uuid.uuid4().hex})
            COPIES.append(body["to"])
        elif COPIES:
            body.update({"from": COPIES.pop(), "to": "/root/" + uuid.uuid4().hex})
            COPIES.append(body["to"])
    elif operation == "makeFolder":
        body.update(path="/root/" + uuid.uuid4().hex, path_encoding="utf-8")
        body.pop("user", None)
        COPIES.append(body["path"])
    elif operation == "removeFile" and COPIES:
        query.update(path=COPIES.pop(), path_encoding="utf-8")
    elif operation in ("readFile", "writeFile", "statFile", "listFiles", "readFolder"):
        query["path"] = "/root/present" if operation.endswith("File") else "/root"
        query.pop("path_encoding", None)
        query.pop("user", None)
