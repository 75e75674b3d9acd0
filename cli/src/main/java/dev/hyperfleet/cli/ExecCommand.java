package dev.hyperfleet.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Runs a command in a machine. */
@Command(
        name = "exec",
        description = {
            "Run a command in a machine: exec NAME COMMAND ARG…",
            "Options come before NAME, or between NAME and '--': exec -it NAME sh. Everything else is the command.",
            "Its output is printed as it arrives; the command is killed when exec ends.",
            "Its output is not changed, as with ssh: it can control your terminal. '… | cat -v' shows untrusted "
                    + "output safely.",
            "Exits with the command's own status; 124 when its timeout fired, 125 when it could not be run, 126 when it "
                    + "cannot be executed, 127 when it was not found, 137 when its machine ended."
        })
final class ExecCommand implements Callable<Integer> {
    private static final int DEFAULT_JSON_TIMEOUT = 30;
    private static final String END_OF_OPTIONS = "--";

    @Parameters(index = "0", paramLabel = "NAME|ID")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private String machine;

    @Parameters(index = "1..*", arity = "1..*", paramLabel = "COMMAND")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private List<String> command;

    @Mixin
    private final ProcessOptions options = new ProcessOptions();

    @Mixin
    private final Format format = new Format();

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() {
        if (command.getFirst().startsWith("-")) {
            return withOptionsAfterName();
        }
        ApiClient client = ApiClient.fromEnvironment();
        if (!format.isJson()) {
            return RemoteProcess.run(client, machine, machine, command, options);
        }
        Map<String, Object> body = options.body(command);
        if (options.interactive) {
            body.put("stdin", readStandardInput());
            body.put("stdin_encoding", "base64");
        }
        int timeout = options.timeout == null ? DEFAULT_JSON_TIMEOUT : Math.toIntExact(options.timeout.toSeconds());
        new Output(spec.commandLine()).json(client.exec(machine, body, timeout));
        return 0;
    }

    /** The options end at '--': parses the line again as if they came first. */
    private int withOptionsAfterName() {
        int end = command.indexOf(END_OF_OPTIONS);
        if (end < 0 || end == command.size() - 1) {
            throw new ParameterException(
                    spec.commandLine(),
                    "'%s' is in the place of the command; options come before the machine's name"
                            .formatted(command.getFirst()));
        }
        List<String> whole = spec.commandLine().getParseResult().originalArgs();
        List<String> line = new ArrayList<>(whole.subList(whole.indexOf(spec.name()) + 1, nameIn(whole)));
        line.addAll(command.subList(0, end));
        line.add(machine);
        line.addAll(command.subList(end + 1, command.size()));
        spec.commandLine().parseArgs(line.toArray(String[]::new));
        if (command.getFirst().startsWith("-")) {
            throw new ParameterException(
                    spec.commandLine(), "'%s' is in the place of the command".formatted(command.getFirst()));
        }
        return call();
    }

    /** Where the machine's name is: before the command, which is the rest. */
    private int nameIn(List<String> whole) {
        return whole.size() - command.size() - 1;
    }

    private static String readStandardInput() {
        try {
            return Base64.getEncoder().encodeToString(System.in.readAllBytes());
        } catch (IOException broken) {
            throw new CliException(CliException.REFUSED, "Standard input cannot be read.");
        }
    }
}
