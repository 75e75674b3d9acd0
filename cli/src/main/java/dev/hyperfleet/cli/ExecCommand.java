package dev.hyperfleet.cli;

import java.io.IOException;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Runs a command in a machine. */
@Command(
        name = "exec",
        description = {
            "Run a command in a machine: exec NAME -- COMMAND ARG…",
            "Its output is printed as it arrives; the command is killed when exec ends. exec -it NAME -- sh is a "
                    + "terminal.",
            "Its output is not changed, as with ssh: it can control your terminal. '… | cat -v' shows untrusted "
                    + "output safely.",
            "Exits with the command's own status, 124 when its timeout fired."
        })
final class ExecCommand implements Callable<Integer> {
    private static final int DEFAULT_JSON_TIMEOUT = 30;

    @Parameters(index = "0", paramLabel = "NAME|ID")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private String machine;

    @Parameters(index = "1..*", arity = "1..*", paramLabel = "COMMAND")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private List<String> command;

    @Mixin
    private final ProcessOptions options = new ProcessOptions();

    @Mixin
    private final MachineCommand.Format format = new MachineCommand.Format();

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() {
        ApiClient client = ApiClient.fromEnvironment();
        if (!format.json) {
            return RemoteProcess.run(client, machine, client.id(machine), command, options);
        }
        Map<String, Object> body = options.body(command);
        if (options.interactive) {
            body.put("stdin", readStandardInput());
            body.put("stdin_encoding", "base64");
        }
        int timeout = options.timeout == null ? DEFAULT_JSON_TIMEOUT : options.timeout;
        new Output(spec.commandLine()).json(client.exec(machine, body, timeout));
        return 0;
    }

    private static String readStandardInput() {
        try {
            return Base64.getEncoder().encodeToString(System.in.readAllBytes());
        } catch (IOException broken) {
            throw new CliException(CliException.REFUSED, "Standard input cannot be read.");
        }
    }
}
