"""The life of a machine, through the client that openapi-python-client generates: life.py URL KEY."""

import sys

from hyperfleet_api_client import AuthenticatedClient
from hyperfleet_api_client.api.commands import exec_command as run
from hyperfleet_api_client.api.machines import create_machine, delete_machine, get_machine, list_machines, stop_machine
from hyperfleet_api_client.models import CreateMachine, ErrorResponse, ExecRequest, Machine


def expect(value, kind):
    if not isinstance(value, kind):
        raise SystemExit(f"expected {kind.__name__}, got {value!r}")
    return value


url, key = sys.argv[1:]
client = AuthenticatedClient(base_url=url, token=key, timeout=60)
name = "from-python"
body = CreateMachine(name=name, vcpu_count=1, mem_size_mib=192, exposed_ports=[8080])
machine = expect(create_machine.sync(client=client, body=body, start=True), Machine)
print(machine.id, machine.status)
result = run.sync(name, client=client, body=ExecRequest(command=["sh", "-c", "echo from the guest"]))
print(result.stdout.strip(), result.exit_code)
listed = list_machines.sync(client=client, name=name)
print(listed.total, listed.machines[0].exposed_ports)
refused = expect(delete_machine.sync(name, client=client), ErrorResponse)
print(refused.error.code, refused.error.details.allowed)
print(expect(stop_machine.sync(name, client=client), Machine).status)
assert delete_machine.sync_detailed(name, client=client).status_code == 204
print(expect(get_machine.sync(name, client=client), ErrorResponse).error.code)
