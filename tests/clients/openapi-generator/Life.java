import client.ApiClient;
import client.ApiException;
import client.api.CommandsApi;
import client.api.MachinesApi;
import client.model.CreateMachine;
import client.model.ErrorContent;
import client.model.ErrorResponse;
import client.model.ExecRequest;
import client.model.ExecResult;
import client.model.HealthCheckRequest;
import client.model.HttpCheck;
import client.model.Machine;
import client.model.MachineList;
import java.util.List;

/** The life of a machine, through the client that openapi-generator makes for Java: Life URL KEY. */
public class Life {
    private interface Call {
        void run() throws ApiException;
    }

    public static void main(String[] arguments) throws Exception {
        ApiClient client = new ApiClient();
        client.updateBaseUri(arguments[0]);
        client.setRequestInterceptor(request -> request.header("Authorization", "Bearer " + arguments[1]));
        MachinesApi machines = new MachinesApi(client);
        String name = "from-java";
        HttpCheck check = new HttpCheck().name("web").type(HttpCheck.TypeEnum.HTTP).port(8080);
        CreateMachine body = new CreateMachine()
                .name(name)
                .vcpuCount(1)
                .memSizeMib(192L)
                .addExposedPortsItem(8080)
                .addChecksItem(new HealthCheckRequest(check));
        Machine machine = machines.createMachine(body, null, true);
        System.out.println(machine.getStatus() + " " + machine.getChecks().getFirst().getType());
        ExecResult result = new CommandsApi(client)
                .execCommand(name, new ExecRequest().command(List.of("sh", "-c", "echo from the guest")), null, null);
        System.out.println(result.getStdout().strip() + " " + result.getExitCode());
        MachineList listed = machines.listMachines(null, name, null, null);
        System.out.println(
                listed.getTotal() + " " + listed.getMachines().getFirst().getExposedPorts());
        Machine read = machines.getMachine(name, null);
        System.out.println(read.getActivity().getHealth().getFirst().getName());
        ErrorContent error = refused(() -> machines.deleteMachine(name, null, null, null, null));
        System.out.println(error.getCode() + " " + error.getDetails().getAllowed());
        System.out.println(machines.stopMachine(name, null, null, null).getStatus());
        machines.deleteMachine(name, null, null, null, null);
        System.out.println(refused(() -> machines.getMachine(name, null)).getCode());
    }

    private static ErrorContent refused(Call call) throws Exception {
        try {
            call.run();
        } catch (ApiException failure) {
            return ApiClient.createDefaultObjectMapper()
                    .readValue(failure.getResponseBody(), ErrorResponse.class)
                    .getError();
        }
        throw new IllegalStateException("the request was not refused");
    }
}
