// The life of a machine, through the client that openapi-generator makes for TypeScript: life.js URL KEY.
import {
  CommandsApi,
  Configuration,
  type ErrorContent,
  ErrorResponseFromJSON,
  MachinesApi,
  ResponseError,
} from "./index.js";

declare const process: { argv: string[] };
const [url, key] = process.argv.slice(2);

async function refused(call: Promise<unknown>): Promise<ErrorContent> {
  try {
    await call;
  } catch (failure) {
    if (failure instanceof ResponseError) {
      return ErrorResponseFromJSON(await failure.response.json()).error;
    }
    throw failure;
  }
  throw new Error("the request was not refused");
}

const configuration = new Configuration({ basePath: url, accessToken: key });
const machines = new MachinesApi(configuration);
const id = "from-typescript";
const machine = await machines.createMachine({
  start: true,
  createMachine: {
    name: id,
    vcpuCount: 1,
    memSizeMib: 192,
    exposedPorts: new Set([8080]),
    checks: [{ name: "web", type: "http", port: 8080 }],
  },
});
console.log(machine.status, machine.checks[0].type);
const result = await new CommandsApi(configuration).execCommand({
  id,
  execRequest: { command: ["sh", "-c", "echo from the guest"] },
});
console.log(result.stdout.trim(), result.exitCode);
const listed = await machines.listMachines({ name: id });
console.log(listed.total, [...listed.machines[0].exposedPorts]);
console.log((await machines.getMachine({ id })).activity?.health[0].name);
const error = await refused(machines.deleteMachine({ id }));
console.log(error.code, error.details?.allowed);
console.log((await machines.stopMachine({ id })).status);
await machines.deleteMachine({ id });
console.log((await refused(machines.getMachine({ id }))).code);
