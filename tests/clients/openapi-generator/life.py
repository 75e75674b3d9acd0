"""The life of a machine, through the client that openapi-generator makes for Python: life.py URL KEY."""

import sys

from hyperfleet_client import (
    ApiClient,
    ApiException,
    CommandsApi,
    Configuration,
    CreateMachine,
    ErrorResponse,
    ExecRequest,
    HealthCheckRequest,
    HttpCheck,
    MachinesApi,
)

url, key = sys.argv[1:]


def refused(call):
    try:
        call()
    except ApiException as failure:
        return ErrorResponse.from_json(failure.body).error
    raise SystemExit("the request was not refused")


with ApiClient(Configuration(host=url, access_token=key)) as client:
    machines = MachinesApi(client)
    name = "from-python-2"
    check = HealthCheckRequest(HttpCheck(name="web", type="http", port=8080))
    body = CreateMachine(name=name, vcpu_count=1, mem_size_mib=192, exposed_ports=[8080], checks=[check])
    machine = machines.create_machine(body, start=True)
    print(machine.status.value, machine.checks[0].type)
    result = CommandsApi(client).exec_command(name, ExecRequest(command=["sh", "-c", "echo from the guest"]))
    print(result.stdout.strip(), result.exit_code)
    listed = machines.list_machines(name=name)
    print(listed.total, listed.machines[0].exposed_ports)
    print(machines.get_machine(name).activity.health[0].name)
    error = refused(lambda: machines.delete_machine(name))
    print(error.code, error.details.allowed)
    print(machines.stop_machine(name).status.value)
    machines.delete_machine(name)
    print(refused(lambda: machines.get_machine(name)).code)
